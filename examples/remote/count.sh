#!/bin/sh
i=0
while [ $i -lt "$1" ]; do
  i=$((i + 1))
  echo "$i on $(uname -n)"
done
