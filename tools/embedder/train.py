"""Trains the rows of the built-in embedder's table; run by train.mjs.

Input: pairs.tsv (source, first text's words, second's), glove.words and glove.f32 (100 values a word).
Output: table.words, table.f32 (dimensions values a word, as float32), table.counts.

A word's row is weight * (start @ A + correction): start is its GloVe vector without the mean and the first principal component,
A is shared. A text is the unit-length sum of sqrt(count) * row over its words. Trained so that the two texts of a pair are nearer
to each other than to those of the other pairs of the batch (symmetric InfoNCE; van den Oord et al., 2018), then reduced to its
principal components, each word weighted by the square root of its frequency.
"""
import argparse
import json
import time
from collections import Counter

import numpy as np
import scipy.sparse as sp

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--words", type=int, required=True)
parser.add_argument("--dimensions", type=int, default=128)
parser.add_argument("--inner", type=int, default=256, help="dimensions while training")
parser.add_argument("--steps", type=int, default=2500)
parser.add_argument("--batch", type=int, default=768)
parser.add_argument("--rate", type=float, default=0.01)
parser.add_argument("--scale", type=float, default=20)
parser.add_argument("--dropout", type=float, default=0.1)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--least", type=int, default=3, help="occurrences from which a word gets a row of its own")
parser.add_argument("--weights", default="{}", help="JSON: how much more often a source or kind is drawn")
options = parser.parse_args()
rng = np.random.default_rng(options.seed)
began = time.time()

HELD_OUT = 4000
HELD_OUT_TRANSLATIONS = 1000
START = 100
RARE = 4  # a word met less often keeps the weight of a rare one


def read_pairs():
    """Pairs whose first text is no heading that many sections have."""
    pairs = [line.rstrip("\n").split("\t") for line in open(f"{options.folder}/pairs.tsv", encoding="utf-8")]
    times = Counter(first for source, first, _ in pairs if not source.endswith("translation"))
    return [pair for pair in pairs if pair[0].endswith("translation") or times[pair[1]] <= 3]


PAIRS = read_pairs()
FIRST = [pair[1].split(" ") for pair in PAIRS]
SECOND = [pair[2].split(" ") for pair in PAIRS]
SOURCES = np.array([pair[0] for pair in PAIRS])
KINDS = np.array([source.split(":")[1] for source in SOURCES])
counts, documents = Counter(), Counter()
for text in SECOND:
    counts.update(text)
    documents.update(set(text))
for text in FIRST:
    counts.update(text)


def vocabulary(glove_words):
    """Words of the pairs by frequency, then GloVe's by rank."""
    words = [word for word, times in counts.most_common() if times >= options.least]
    seen = set(words)
    for word in glove_words:
        if len(words) >= options.words:
            break
        if word not in seen and word.replace("'", "").isascii() and word.replace("'", "").isalpha() and word[0] != "'":
            words.append(word)
            seen.add(word)
    return words[: options.words]


glove_words = open(f"{options.folder}/glove.words", encoding="utf-8").read().split("\n")
glove = np.fromfile(f"{options.folder}/glove.f32", np.float32).reshape(len(glove_words), START)
rank = {word: row for row, word in enumerate(glove_words)}
words = vocabulary(glove_words)
row_of = {word: row for row, word in enumerate(words)}
size = len(words)


def unit(rows):
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


glove = unit(glove)
glove -= glove[:50000].mean(0)
component = np.linalg.svd(glove[:50000], full_matrices=False)[2][:1]
glove = unit(glove - glove @ component.T @ component)
start = np.zeros((size, START), np.float32)
known = np.zeros(size, bool)
for word, row in row_of.items():
    if word in rank:
        start[row] = glove[rank[word]]
        known[row] = True

inner = options.inner
A = np.linalg.qr(rng.normal(size=(inner, inner)))[0][:START].astype(np.float32)
correction = np.zeros((size, inner), np.float32)
correction[~known] = rng.normal(size=((~known).sum(), inner)).astype(np.float32) / np.sqrt(inner) * 0.5
# Inverse document frequency; what was not met has the weight of a rare word, by its rank in GloVe.
idf = np.array([np.log(1 + len(SECOND) / (1 + documents.get(word, 0))) for word in words], np.float32)
by_rank = np.log(2 + np.array([rank.get(word, 300000) for word in words]))
idf = np.where(np.array([documents.get(word, 0) for word in words]) < RARE, np.minimum(idf, by_rank), idf)
weight = (idf / idf.mean()).astype(np.float32)


def bags(texts):
    """Texts as rows of square roots of counts, by word."""
    ends, columns, values = [0], [], []
    for text in texts:
        bag = Counter(row_of[word] for word in text if word in row_of)
        columns += bag.keys()
        values += [times**0.5 for times in bag.values()]
        ends.append(len(columns))
    return sp.csr_matrix((np.array(values, np.float32), np.array(columns, np.int32), ends), shape=(len(texts), size))


FIRST_BAGS, SECOND_BAGS = bags(FIRST), bags(SECOND)
del FIRST, SECOND, PAIRS
usable = np.where((np.diff(FIRST_BAGS.indptr) > 0) & (np.diff(SECOND_BAGS.indptr) > 1))[0]
rng.shuffle(usable)
# Kept out of the training; all tuning looks at these alone.
held_out = {
    "title": usable[KINDS[usable] == "title"][:HELD_OUT],
    "translation": usable[KINDS[usable] == "translation"][:HELD_OUT_TRANSLATIONS],
    "operation": usable[np.isin(KINDS[usable], ["operation", "command", "example"])][:HELD_OUT_TRANSLATIONS],
}
kept = np.zeros(len(SOURCES), bool)
for rows in held_out.values():
    kept[rows] = True
training = usable[~kept[usable]]
groups = {}
for row in training:
    groups.setdefault(SOURCES[row], []).append(row)
groups = {name: np.array(rows) for name, rows in groups.items()}
names = list(groups)
factors = json.loads(options.weights)
share = np.array([len(groups[name]) ** 0.75 * factors.get(name, factors.get(name.split(":")[1], 1)) for name in names])
share /= share.sum()
print(f"{len(training)} pairs of {len(names)} kinds, {size} words, {known.sum()} of them in GloVe", flush=True)


def table():
    return weight[:, None] * (start @ A + correction)


def encode(bag, rows):
    return unit(bag @ rows)


def validate(rows):
    """Recall at 1 and 10 of the second text among those of all held-out pairs of the kind."""
    told = []
    for kind, pairs in held_out.items():
        if len(pairs) == 0:
            continue
        scores = encode(FIRST_BAGS[pairs], rows) @ encode(SECOND_BAGS[pairs], rows).T
        place = (scores >= np.diag(scores)[:, None] - 1e-7).sum(1)
        told.append(f"{kind} {np.mean(place <= 1):.3f} {np.mean(place <= 10):.3f}")
    return ", ".join(told)


def draw():
    """A batch: of one source by chance, so that its pairs have to be told apart, or of all of them."""
    if rng.random() < 0.6:
        chosen = groups[names[rng.choice(len(names), p=share)]]
        return np.unique(rng.choice(chosen, options.batch))
    sizes = rng.multinomial(options.batch, share)
    return np.unique(np.concatenate([rng.choice(groups[name], some) for name, some in zip(names, sizes) if some > 0]))


print("start:", validate(table()), flush=True)
moments = [np.zeros_like(A), np.zeros_like(A), np.zeros_like(weight), np.zeros_like(weight)]
squares = np.full(size, 1e-6, np.float32)
for step in range(1, options.steps + 1):
    rate = options.rate * min(1, step / 100) * (0.475 * (1 + np.cos(np.pi * step / options.steps)) + 0.05)
    batch = draw()
    if len(batch) < 2:
        continue
    many = len(batch)
    both = sp.vstack([FIRST_BAGS[batch], SECOND_BAGS[batch]]).tocsr()
    used, columns = np.unique(both.indices, return_inverse=True)
    both = sp.csr_matrix((both.data, columns.astype(np.int32), both.indptr), shape=(2 * many, len(used)))
    both.data = both.data * (rng.random(len(both.data)) > options.dropout)
    base = start[used] @ A + correction[used]
    sums = both @ (weight[used][:, None] * base)
    lengths = np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-4)
    texts = sums / lengths
    first, second = texts[:many], texts[many:]
    scores = options.scale * (first @ second.T)
    by_row = np.exp(scores - scores.max(1, keepdims=True))
    by_row /= by_row.sum(1, keepdims=True)
    by_column = np.exp(scores - scores.max(0, keepdims=True))
    by_column /= by_column.sum(0, keepdims=True)
    d_scores = by_row + by_column
    d_scores[np.arange(many), np.arange(many)] -= 2
    d_scores *= options.scale / (2 * many)
    d_texts = np.vstack([d_scores @ second, d_scores.T @ first])
    d_sums = (d_texts - texts * (texts * d_texts).sum(1, keepdims=True)) / lengths
    d_rows = both.T @ d_sums
    d_weight = (d_rows * base).sum(1)
    d_base = d_rows * weight[used][:, None]
    d_A = start[used].T @ d_base
    # Adam for the matrix and the weights, Adagrad by row for the corrections.
    k1, k2 = 1 - 0.9**step, 1 - 0.99**step
    moments[0] = 0.9 * moments[0] + 0.1 * d_A
    moments[1] = 0.99 * moments[1] + 0.01 * d_A * d_A
    A -= rate * 0.1 * (moments[0] / k1) / (np.sqrt(moments[1] / k2) + 1e-8)
    moments[2] *= 0.9
    moments[3] *= 0.99
    moments[2][used] += 0.1 * d_weight
    moments[3][used] += 0.01 * d_weight * d_weight
    weight[used] -= rate * (moments[2][used] / k1) / (np.sqrt(moments[3][used] / k2) + 1e-8)
    np.maximum(weight, 0.01, out=weight)
    squares[used] += (d_base * d_base).mean(1)
    correction[used] -= rate * d_base / np.sqrt(squares[used])[:, None]
    if step % 250 == 0 or step == options.steps:
        loss = -np.log(np.maximum(by_row[np.arange(many), np.arange(many)], 1e-9)).mean()
        print(f"{step}: loss {loss:.3f}, {validate(table())}, {time.time() - began:.0f} s", flush=True)

rows = table()
times = np.array([counts.get(word, 1) for word in words], np.float32)
frequency = np.sqrt(np.maximum(times, 1))
frequency /= frequency.sum()
axes = np.linalg.eigh((rows * frequency[:, None]).T @ rows)[1][:, ::-1][:, : options.dimensions]
# The sign of an axis is free: the largest part is made positive.
axes *= np.sign(axes[np.abs(axes).argmax(0), np.arange(axes.shape[1])])
rows = (rows @ axes).astype(np.float32)
print("reduced:", validate(rows), flush=True)
rows.tofile(f"{options.folder}/table.f32")
times.tofile(f"{options.folder}/table.counts")
open(f"{options.folder}/table.words", "w", encoding="utf-8").write("\n".join(words))
# For trying out what becomes of unknown words: the held-out titles.
sample = held_out["title"]
with open(f"{options.folder}/held-out.json", "w") as out:
    texts = [[[[int(c), float(v)] for c, v in zip(b[i].indices, b[i].data)] for b in (FIRST_BAGS, SECOND_BAGS)] for i in sample]
    json.dump(texts, out)
