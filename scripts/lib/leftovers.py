#!/usr/bin/env python3
"""Proves that a project has left nothing on the machine.

  leftovers.py note FILE PROJECT [PID...]      while it runs: writes down what it has
  leftovers.py check FILE DATA_FOLDER [PATH...]  after its end: looks for all of it again

Noted are every process whose CONSORT_INSTANCE_ID begins with the project's name, the PIDs given (the
supervisor's), all their descendants with what CONSORT_INSTANCE_ID these have, the ports that these
listen on and the files that these hold open for writing, except those that this program was given too
(where its output goes). `check` fails if one of the processes lives, a new one carries the mark, a port
is still listened on, a file still exists outside DATA_FOLDER, or one of the PATHs exists. Needs no
privilege beyond that of the project's owner.
"""

import json
import os
import pathlib
import re
import sys

MARKER = b"CONSORT_INSTANCE_ID="  # plugins/process/shim/protocol.h
LISTEN = "0A"  # TCP_LISTEN, include/net/tcp_states.h


def read(path):
    try:
        return pathlib.Path(path).read_bytes()
    except OSError:
        return b""


def processes():
    """{pid: (parent, start time)} of every process that is not a zombie."""
    found = {}
    for name in os.listdir("/proc"):
        fields = read(f"/proc/{name}/stat").rpartition(b")")[2].split() if name.isdigit() else []
        if fields and fields[0] not in (b"Z", b"X"):
            found[int(name)] = int(fields[1]), int(fields[19])
    return found


def instances(pids):
    """{pid: instance id} of those that the shim has marked, or that inherited a mark."""
    found = {}
    for pid in pids:
        for entry in read(f"/proc/{pid}/environ").split(b"\0"):
            if entry.startswith(MARKER):
                found[pid] = entry[len(MARKER):].decode(errors="replace")
                break
    return found


def belongs(instance, project):
    """Whether the id is the project's name, or that and a separator and more."""
    return re.match(re.escape(project) + r"(?![A-Za-z0-9])", instance) is not None


def listening():
    """{socket inode: port} of TCP sockets that listen."""
    found = {}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in read(table).decode().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTEN:
                found[fields[9]] = int(fields[1].rpartition(":")[2], 16)
    return found


def open_for_writing(pid):
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{name}")
            flags = int(re.search(rb"flags:\s*(\d+)", read(f"/proc/{pid}/fdinfo/{name}"))[1], 8)
        except (OSError, TypeError):
            continue
        if target.startswith("socket:["):
            yield "socket", target[len("socket:["):-1]
        elif target.startswith("/") and not target.startswith("/dev/") and flags & os.O_ACCMODE:
            yield "file", target.removesuffix(" (deleted)")


def note(project, roots):
    alive = processes()
    ids = instances(alive)
    family = {p for p, i in ids.items() if belongs(i, project)} | {p for p in roots if p in alive}
    while True:
        more = {p for p, (parent, _) in alive.items() if parent in family} - family
        if not more:
            break
        family |= more
    ports, files, by_inode = set(), set(), listening()
    ours = {value for kind, value in open_for_writing(os.getpid()) if kind == "file"}
    for pid in family:
        try:
            for kind, value in open_for_writing(pid):
                if kind == "file":
                    files.add(value)
                elif value in by_inode:
                    ports.add(by_inode[value])
        except OSError:
            continue  # ended just now, or belongs to somebody else
    names = {p: read(f"/proc/{p}/cmdline").replace(b"\0", b" ").decode(errors="replace").strip()
             for p in family}
    return {"project": project, "instances": sorted({ids[p] for p in family if p in ids}), "ports": sorted(ports), "files": sorted(files - ours),
            "processes": [[p, alive[p][1], names[p]] for p in sorted(family)]}


def inside(path, folder):
    return os.path.realpath(path).startswith(os.path.realpath(folder) + os.sep)


def check(noted, data_folder, paths):
    """[(what was proven, [what contradicts it])]"""
    alive, busy = processes(), set(listening().values())
    living = [f"{pid} {name}" for pid, start, name in noted["processes"]
              if alive.get(pid, (0, 0))[1] == start]
    strangers = [f"{p} {read(f'/proc/{p}/cmdline').decode(errors='replace')}"
                 for p, i in instances(alive).items()
                 if i in noted["instances"] or belongs(i, noted["project"])]
    outside = [f for f in noted["files"] if not inside(f, data_folder)]
    return [
        (f"{len(noted['processes'])} processes have ended", living),
        (f"no process is marked as {noted['project']}'s", strangers),
        (f"{len(noted['ports'])} ports are free again: {', '.join(map(str, noted['ports']))}",
         [f"port {p}" for p in noted["ports"] if p in busy]),
        (f"{len(outside)} files outside the data folder were open, and are gone",
         [f for f in outside if os.path.exists(f)]),
        *((f"{p} does not exist", [p] if os.path.lexists(p) else []) for p in paths),
    ]


def main(arguments):
    if arguments[:1] == ["note"] and len(arguments) >= 3:
        noted = note(arguments[2], [int(p) for p in arguments[3:]])
        if not noted["processes"]:
            print(f"cannot note {arguments[2]}: no process of it runs", file=sys.stderr)
            return 1
        pathlib.Path(arguments[1]).write_text(json.dumps(noted))
        return 0
    if arguments[:1] == ["check"] and len(arguments) >= 3:
        noted = json.loads(pathlib.Path(arguments[1]).read_text())
        results = check(noted, arguments[2], arguments[3:])
        for proven, contradictions in results:
            print(f"  {'no ' if contradictions else 'yes'}  {proven}")
            for line in contradictions:
                print(f"         but: {line}")
        return 1 if any(contradictions for _, contradictions in results) else 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
