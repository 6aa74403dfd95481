import bcrypt from 'bcryptjs';

/**
 * bcrypt, run in a thread of its own. Plain JavaScript, so that it runs from the sources and from the build alike.
 *
 * @param {{ kind: 'hash', text: string, rounds: number } | { kind: 'compare', text: string, stored: string, rounds: number }} task
 * @returns {string | boolean} the hash, or whether the text belongs to the stored hash
 */
export default function work(task) {
  if (task.kind === 'hash') return bcrypt.hashSync(task.text, task.rounds);
  const same = bcrypt.compareSync(task.text, task.stored);
  if (!same) spendDifference(bcrypt.getRounds(task.stored), task.rounds);
  return same;
}

/**
 * A refusal takes the time of `rounds` also when the hash is weaker: otherwise it would tell an account with an old hash
 * from one that does not exist (C-10). Costs are powers of two: 2^c + 2^c + 2^(c+1) + … + 2^(r-1) = 2^r.
 *
 * @param {number} cost
 * @param {number} rounds
 */
function spendDifference(cost, rounds) {
  for (let extra = cost; extra < rounds; extra += 1) bcrypt.hashSync('', extra);
}
