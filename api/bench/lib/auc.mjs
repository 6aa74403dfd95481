/**
 * How well the numbers of two lists can be told apart: the chance that one of the first is greater than one of the second
 * (area under the ROC curve, Mann-Whitney). 0.5: not at all; 1 or 0: always.
 */
export function auc(one, other) {
  const all = [...one.map((value) => ({ value, first: true })), ...other.map((value) => ({ value, first: false }))].sort((a, b) => a.value - b.value);
  let ranks = 0;
  for (let from = 0; from < all.length; ) {
    let to = from;
    while (to < all.length && all[to].value === all[from].value) to += 1;
    // Equal numbers share their ranks.
    const shared = (from + 1 + to) / 2;
    for (let at = from; at < to; at += 1) if (all[at].first) ranks += shared;
    from = to;
  }
  return (ranks - (one.length * (one.length + 1)) / 2) / (one.length * other.length);
}

/** How far chance alone moves the AUC of two lists of this length that are alike: one standard error. */
export const aucError = (length) => Math.sqrt((2 * length + 1) / (12 * length * length));
