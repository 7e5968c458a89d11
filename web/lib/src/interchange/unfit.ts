/** A value that does not fit where the map sends it: the row is set aside with this reason, and the rest goes on. */
export class Unfit extends Error {}
