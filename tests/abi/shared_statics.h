#pragma once

// What gcc makes a unique symbol of: without the SDK's flags, all plugins of a process share it.
template <class T>
inline int counter = 0;
