// One version of a loop for each vector width; the loader picks.
#pragma once

#define DLC_VECTOR_CLONES                                                      \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
