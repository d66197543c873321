;; Four rows times a matrix, the inner part of every layer, with SIMD.
;;
;; `panel` holds four rows side by side, `panels` the matrix in stretches of four
;; columns, both as 32-bit floats (see `multiply` in network.js). Sixteen sums at a
;; time stay in four vectors. Addresses, lengths and the stride are in bytes.
(module
  (import "js" "memory" (memory 1))
  (func (export "multiply")
    (param $panel i32) (param $length i32) (param $panels i32)
    (param $columns i32) (param $product i32) (param $stride i32)
    (local $a i32) (local $end i32) (local $last i32) (local $to i32)
    (local $b v128)
    (local $s0 v128) (local $s1 v128) (local $s2 v128) (local $s3 v128)
    (local.set $end (i32.add (local.get $panel) (local.get $length)))
    (local.set $last (i32.add (local.get $product) (local.get $columns)))
    (loop $tile
      (local.set $a (local.get $panel))
      (local.set $s0 (v128.const f32x4 0 0 0 0))
      (local.set $s1 (v128.const f32x4 0 0 0 0))
      (local.set $s2 (v128.const f32x4 0 0 0 0))
      (local.set $s3 (v128.const f32x4 0 0 0 0))
      (loop $depth
        (local.set $b (v128.load (local.get $panels)))
        (local.set $s0 (f32x4.add (local.get $s0)
          (f32x4.mul (v128.load32_splat offset=0 (local.get $a)) (local.get $b))))
        (local.set $s1 (f32x4.add (local.get $s1)
          (f32x4.mul (v128.load32_splat offset=4 (local.get $a)) (local.get $b))))
        (local.set $s2 (f32x4.add (local.get $s2)
          (f32x4.mul (v128.load32_splat offset=8 (local.get $a)) (local.get $b))))
        (local.set $s3 (f32x4.add (local.get $s3)
          (f32x4.mul (v128.load32_splat offset=12 (local.get $a)) (local.get $b))))
        (local.set $panels (i32.add (local.get $panels) (i32.const 16)))
        (local.set $a (i32.add (local.get $a) (i32.const 16)))
        (br_if $depth (i32.lt_u (local.get $a) (local.get $end))))
      (local.set $to (local.get $product))
      (v128.store (local.get $to) (local.get $s0))
      (local.set $to (i32.add (local.get $to) (local.get $stride)))
      (v128.store (local.get $to) (local.get $s1))
      (local.set $to (i32.add (local.get $to) (local.get $stride)))
      (v128.store (local.get $to) (local.get $s2))
      (local.set $to (i32.add (local.get $to) (local.get $stride)))
      (v128.store (local.get $to) (local.get $s3))
      (local.set $product (i32.add (local.get $product) (i32.const 16)))
      (br_if $tile (i32.lt_u (local.get $product) (local.get $last))))))
