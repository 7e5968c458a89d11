/** Bytes as hexadecimal text. */

export const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Undefined when the text is not an even number of hexadecimal digits, or empty. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^([0-9a-f]{2})+$/i.test(text)) return undefined;
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** 128 random bits. `randomUUID` is missing where the page is not a secure context. */
export const randomId = (): string => toHex(crypto.getRandomValues(new Uint8Array(16)));
