/** A long text that becomes a Blob piece by piece, so that no more than a piece of it is a string. */
const PIECE = 1 << 20;

export class TextParts {
  readonly #blobs: Blob[] = [];
  #pending: string[] = [];
  #length = 0;

  add(text: string): void {
    this.#pending.push(text);
    this.#length += text.length;
    if (this.#length >= PIECE) this.#flush();
  }

  append(other: Blob): void {
    this.#flush();
    this.#blobs.push(other);
  }

  blob(type = ''): Blob {
    this.#flush();
    return new Blob(this.#blobs, { type });
  }

  #flush(): void {
    if (this.#length > 0) this.#blobs.push(new Blob(this.#pending));
    this.#pending = [];
    this.#length = 0;
  }
}
