/** Collections that imports make. */
import type { ImportHost } from './import-host.js';

type Metric = 'cosine' | 'ip' | 'l2';

/**
 * The name of the collection that takes vectors of so many dimensions: `own`, or one beside it where that has others. `told`: the
 * metric of the source, null where it does not tell; `metric`: that of a new collection then.
 */
export function collectionFor(
  host: ImportHost,
  own: string,
  dimensions: number,
  told: Metric | null,
  metric: Metric,
): string {
  const present = host.call('collections.list', {});
  const fits = (one: (typeof present)[number]): boolean =>
    one.dimensions === dimensions && (told === null || one.metric === told);
  const names = [own, `${own}:${dimensions}`, `${own}:${dimensions}:${told ?? metric}`];
  const name = names.find((candidate) => {
    const taken = present.find((one) => one.name === candidate);
    return taken === undefined || fits(taken);
  });
  const chosen = name ?? own;
  if (!present.some((one) => one.name === chosen))
    host.call('collections.create', { name: chosen, dimensions, metric: told ?? metric });
  return chosen;
}
