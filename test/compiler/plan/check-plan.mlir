// What check-plan finds in plans that are wrong.
// RUN: dlc-opt %s --check-plan --split-input-file --verify-diagnostics

#id = affine_map<(d0) -> (d0)>

// A right plan: k1 writes over what it reads, k2 over what nothing reads.
module attributes {dlc.max_batch = 16 : i64, dlc.state_bytes = 64 : i64} {
func.func @right(%x: tensor<?xf32> {dlc.place = #kernel.place<"arena", 0, 64>},
                 %w: tensor<16xf32> {dlc.state = "w", dlc.place = #kernel.place<"state", 0, 64>})
    -> (tensor<?xf32> {dlc.output = "y"}, tensor<16xf32> {dlc.state = "w"})
    attributes {dlc.arena_bytes = 128 : i64} {
  %0 = kernel.fused "k0" pointwise over [?] reduced [] maps [#id, #id] (%x)
      {kernel.places = [#kernel.place<"arena", 64, 64>]}
      : (tensor<?xf32>) -> tensor<?xf32> {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  }
  %1 = kernel.fused "k1" pointwise over [?] reduced [] maps [#id, #id] (%0)
      {kernel.places = [#kernel.place<"arena", 64, 64>]}
      : (tensor<?xf32>) -> tensor<?xf32> {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  }
  %2 = kernel.library "k2" "pad" {} flops 0.0 (%1)
      {kernel.places = [#kernel.place<"arena", 0, 64>]} : (tensor<?xf32>) -> tensor<?xf32>
  %3 = kernel.fused "k3" pointwise over [16] reduced [] maps [#id, #id] (%w)
      {kernel.places = [#kernel.place<"state", 0, 64>]}
      : (tensor<16xf32>) -> tensor<16xf32> {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  }
  return %2, %3 : tensor<?xf32>, tensor<16xf32>
}
}

// -----

// k1 takes the place of what k2 reads.
#id = affine_map<(d0) -> (d0)>
module attributes {dlc.max_batch = 16 : i64, dlc.state_bytes = 0 : i64} {
func.func @lost(%x: tensor<?xf32> {dlc.place = #kernel.place<"arena", 0, 64>})
    -> (tensor<?xf32> {dlc.output = "y"}) attributes {dlc.arena_bytes = 192 : i64} {
  %0 = kernel.fused "k0" pointwise over [?] reduced [] maps [#id, #id] (%x)
      {kernel.places = [#kernel.place<"arena", 64, 64>]}
      : (tensor<?xf32>) -> tensor<?xf32> {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  }
  %1 = kernel.fused "k1" pointwise over [?] reduced [] maps [#id, #id] (%x)
      {kernel.places = [#kernel.place<"arena", 64, 64>]}
      : (tensor<?xf32>) -> tensor<?xf32> {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  }
  // expected-error @below {{plan of @lost: kernel "k2" reads operand 0 at bytes 64 to 128 of the arena but something else was written there since}}
  %2 = kernel.fused "k2" pointwise over [?] reduced [] maps [#id, #id] (%0)
      {kernel.places = [#kernel.place<"arena", 128, 64>]}
      : (tensor<?xf32>) -> tensor<?xf32> {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  }
  return %2 : tensor<?xf32>
}
}

// -----

// A routine does not say in which order it reads and writes.
module attributes {dlc.max_batch = 16 : i64, dlc.state_bytes = 0 : i64} {
func.func @routine(%x: tensor<?xf32> {dlc.place = #kernel.place<"arena", 0, 64>})
    -> (tensor<?xf32> {dlc.output = "y"}) attributes {dlc.arena_bytes = 64 : i64} {
  // expected-error @below {{kernel "k0" writes over its operand 0 at byte 0 of the arena but may yet read it}}
  %0 = kernel.library "k0" "pad" {} flops 0.0 (%x)
      {kernel.places = [#kernel.place<"arena", 0, 64>]} : (tensor<?xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
}

// -----

// Every element reads the first one.
#id = affine_map<(d0) -> (d0)>
#first = affine_map<(d0) -> (0)>
module attributes {dlc.max_batch = 16 : i64, dlc.state_bytes = 0 : i64} {
func.func @spread(%x: tensor<16xf32> {dlc.place = #kernel.place<"arena", 0, 64>})
    -> (tensor<16xf32> {dlc.output = "y"}) attributes {dlc.arena_bytes = 64 : i64} {
  // expected-error @below {{kernel "k0" writes over its operand 0}}
  %0 = kernel.fused "k0" pointwise over [16] reduced [] maps [#first, #id] (%x)
      {kernel.places = [#kernel.place<"arena", 0, 64>]}
      : (tensor<16xf32>) -> tensor<16xf32> {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  }
  return %0 : tensor<16xf32>
}
}

// -----

// The row's sum lies over what the next element of another row needs.
#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
module attributes {dlc.max_batch = 16 : i64, dlc.state_bytes = 0 : i64} {
func.func @row(%x: tensor<4xf32> {dlc.place = #kernel.place<"arena", 0, 16>})
    -> (tensor<4x2xf32> {dlc.output = "y"}, tensor<4xf32> {dlc.output = "s"})
    attributes {dlc.arena_bytes = 128 : i64} {
  // expected-error @below {{kernel "k0" writes over its operand 0}}
  %0:2 = kernel.fused "k0" row_reduction over [4, 2] reduced [1] maps [#row, #id, #row] (%x)
      {kernel.places = [#kernel.place<"arena", 64, 32>, #kernel.place<"arena", 0, 16>]}
      : (tensor<4xf32>) -> (tensor<4x2xf32>, tensor<4xf32>) {
  ^bb0(%a: f32):
    %s = kernel.reduce addf %a : f32
    kernel.yield %a, %s : f32, f32
  }
  return %0#0, %0#1 : tensor<4x2xf32>, tensor<4xf32>
}
}

// -----

// Scratch over a result, and a place outside the arena.
module attributes {dlc.max_batch = 16 : i64, dlc.state_bytes = 0 : i64} {
func.func @scratch(%x: tensor<?xf32> {dlc.place = #kernel.place<"arena", 0, 64>})
    -> (tensor<?xf32> {dlc.output = "y"}) attributes {dlc.arena_bytes = 192 : i64} {
  // expected-error @below {{kernel "k0" writes two things at byte 64 of the arena}}
  %0 = kernel.library "k0" "pad" {} flops 0.0 (%x)
      {kernel.places = [#kernel.place<"arena", 64, 64>],
       kernel.scratch_place = #kernel.place<"arena", 64, 4>} : (tensor<?xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
}

// -----

module attributes {dlc.max_batch = 16 : i64, dlc.state_bytes = 0 : i64} {
func.func @outside(%x: tensor<?xf32> {dlc.place = #kernel.place<"arena", 0, 64>})
    -> (tensor<?xf32> {dlc.output = "y"}) attributes {dlc.arena_bytes = 64 : i64} {
  // expected-error @below {{kernel "k0" has 64 bytes at #kernel.place<"arena", 64, 64> but a place is a multiple of 64 and inside its region of 64}}
  %0 = kernel.library "k0" "pad" {} flops 0.0 (%x)
      {kernel.places = [#kernel.place<"arena", 64, 64>]} : (tensor<?xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
}

// -----

// A state that another function has elsewhere.
module attributes {dlc.max_batch = 16 : i64, dlc.state_bytes = 128 : i64} {
func.func @one(%w: tensor<16xf32> {dlc.state = "w", dlc.place = #kernel.place<"state", 0, 64>}) {
  return
}
// expected-error @below {{state "w" lies at #kernel.place<"state", 64, 64> but in another function at #kernel.place<"state", 0, 64>}}
func.func @two(%w: tensor<16xf32> {dlc.state = "w", dlc.place = #kernel.place<"state", 64, 64>}) {
  return
}
}

// -----

// In one order all is well, but k1 may run while k0 does.
module attributes {dlc.max_batch = 16 : i64, dlc.state_bytes = 0 : i64} {
func.func @beside(%x: tensor<?xf32> {dlc.place = #kernel.place<"arena", 0, 64>})
    -> (tensor<?xf32> {dlc.output = "y"}) attributes {dlc.arena_bytes = 256 : i64} {
  %0 = kernel.library "k0" "pad" {} flops 0.0 (%x)
      {kernel.places = [#kernel.place<"arena", 64, 64>]} : (tensor<?xf32>) -> tensor<?xf32>
  // expected-error @below {{plan of @beside: kernel "k1" may run beside "k0" but both use byte 64 of the arena and one writes it}}
  %1 = kernel.library "k1" "pad" {} flops 0.0 (%x)
      {kernel.places = [#kernel.place<"arena", 64, 64>], kernel.stream = 1 : i64} : (tensor<?xf32>) -> tensor<?xf32>
  return %1 : tensor<?xf32>
}
}

// -----

// A wait keeps the two apart.
module attributes {dlc.max_batch = 16 : i64, dlc.state_bytes = 0 : i64} {
func.func @tied(%x: tensor<?xf32> {dlc.place = #kernel.place<"arena", 0, 64>})
    -> (tensor<?xf32> {dlc.output = "y"}) attributes {dlc.arena_bytes = 256 : i64} {
  %0 = kernel.library "k0" "pad" {} flops 0.0 (%x)
      {kernel.places = [#kernel.place<"arena", 64, 64>]} : (tensor<?xf32>) -> tensor<?xf32>
  %1 = kernel.library "k1" "pad" {} flops 0.0 (%x)
      {kernel.places = [#kernel.place<"arena", 64, 64>], kernel.stream = 1 : i64, kernel.waits = array<i64: 0>} : (tensor<?xf32>) -> tensor<?xf32>
  return %1 : tensor<?xf32>
}
}

// -----

// By way of another stream too.
module attributes {dlc.max_batch = 16 : i64, dlc.state_bytes = 0 : i64} {
func.func @tied_by_way(%x: tensor<?xf32> {dlc.place = #kernel.place<"arena", 0, 64>})
    -> (tensor<?xf32> {dlc.output = "y"}) attributes {dlc.arena_bytes = 256 : i64} {
  %0 = kernel.library "k0" "pad" {} flops 0.0 (%x)
      {kernel.places = [#kernel.place<"arena", 64, 64>]} : (tensor<?xf32>) -> tensor<?xf32>
  %1 = kernel.library "k1" "pad" {} flops 0.0 (%0)
      {kernel.places = [#kernel.place<"arena", 128, 64>], kernel.stream = 1 : i64, kernel.waits = array<i64: 0>} : (tensor<?xf32>) -> tensor<?xf32>
  %2 = kernel.library "k2" "pad" {} flops 0.0 (%x)
      {kernel.places = [#kernel.place<"arena", 64, 64>], kernel.stream = 2 : i64, kernel.waits = array<i64: 1>} : (tensor<?xf32>) -> tensor<?xf32>
  return %2 : tensor<?xf32>
}
}

// -----

// One counter for two that may run side by side.
module attributes {dlc.max_batch = 16 : i64, dlc.state_bytes = 0 : i64} {
func.func @counters(%x: tensor<?xf32> {dlc.place = #kernel.place<"arena", 0, 64>})
    -> (tensor<?xf32> {dlc.output = "y"}) attributes {dlc.arena_bytes = 256 : i64} {
  %0 = kernel.library "k0" "pad" {} flops 0.0 (%x)
      {kernel.places = [#kernel.place<"arena", 64, 64>], kernel.shared_code = 1 : i64} : (tensor<?xf32>) -> tensor<?xf32>
  // expected-error @below {{plan of @counters: kernel "k1" may run beside "k0" but both count blocks in one counter}}
  %1 = kernel.library "k1" "pad" {} flops 0.0 (%x)
      {kernel.places = [#kernel.place<"arena", 128, 64>], kernel.shared_code = 1 : i64, kernel.stream = 1 : i64} : (tensor<?xf32>) -> tensor<?xf32>
  return %1 : tensor<?xf32>
}
}

// -----

// Only what came before can be waited for.
module attributes {dlc.max_batch = 16 : i64, dlc.state_bytes = 0 : i64} {
func.func @later(%x: tensor<?xf32> {dlc.place = #kernel.place<"arena", 0, 64>})
    -> (tensor<?xf32> {dlc.output = "y"}) attributes {dlc.arena_bytes = 256 : i64} {
  // expected-error @below {{plan of @later: kernel "k0" waits for launch 1 but only earlier ones can be waited for}}
  %0 = kernel.library "k0" "pad" {} flops 0.0 (%x)
      {kernel.places = [#kernel.place<"arena", 64, 64>], kernel.stream = 1 : i64, kernel.waits = array<i64: 1>} : (tensor<?xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
}
