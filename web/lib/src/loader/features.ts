/** What this host's WebAssembly can do, found by validating modules of one function. */

const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
/** One type () -> v128 and one function of it. */
const SIGNATURE = [1, 5, 1, 0x60, 0, 1, 0x7b, 3, 2, 1, 0];

function runs(instructions: number[]): boolean {
  const body = [0, ...instructions, 0x0b];
  const code = [10, body.length + 2, 1, body.length, ...body];
  return WebAssembly.validate(new Uint8Array([...HEADER, ...SIGNATURE, ...code]));
}

/** i32.const 0, i8x16.splat */
const SPLAT = [0x41, 0, 0xfd, 15];

export function hasSimd(): boolean {
  return runs(SPLAT);
}

export function hasRelaxedSimd(): boolean {
  // i8x16.relaxed_swizzle of two splats
  return runs([...SPLAT, ...SPLAT, 0xfd, 0x80, 2]);
}
