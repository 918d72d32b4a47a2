// Tails of the distributions that comparisons and correlations are tested with, exact where counts are small. All of them are plain sums
// or series of the textbooks (Abramowitz & Stegun 6.1.41, 26.4; Press et al., Numerical Recipes 6.2, 6.4).

const LOG_FACTORIALS: number[] = [0];
const TABLE = 1024;
for (let n = 1; n < TABLE; n += 1) LOG_FACTORIALS.push((LOG_FACTORIALS[n - 1] ?? 0) + Math.log(n));

/** ln(n!): from a table, beyond it by Stirling's series, whose error is below 1e-13 there. */
export function logFactorial(n: number): number {
  const known = LOG_FACTORIALS[n];
  return known ?? logGamma(n + 1);
}

/** ln Γ(x), x > 0. */
export function logGamma(x: number): number {
  // The series wants large arguments: Γ(x) = Γ(x + k) / (x (x + 1) … (x + k − 1)).
  let shift = 0;
  let at = x;
  while (at < 12) {
    shift -= Math.log(at);
    at += 1;
  }
  const inverse = 1 / (at * at);
  const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / at;
  return shift + (at - 0.5) * Math.log(at) - at + 0.5 * Math.log(2 * Math.PI) + series;
}

/** P(X ≤ k) of a binomial distribution, by summing from its end inwards: each term from the one before. */
export function binomialAtMost(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  if (k >= n) return 1;
  if (p <= 0) return 1;
  if (p >= 1) return 0;
  // The shorter tail is summed, so that small probabilities keep their digits.
  if (k > n * p) return Math.max(1 - binomialAtLeast(k + 1, n, p), 0);
  let term = Math.exp(
    logFactorial(n) - logFactorial(k) - logFactorial(n - k) + k * Math.log(p) + (n - k) * Math.log1p(-p),
  );
  let sum = term;
  for (let at = k; at > 0 && term > sum * 1e-17; at -= 1) {
    term *= (at * (1 - p)) / ((n - at + 1) * p);
    sum += term;
  }
  return Math.min(sum, 1);
}

/** P(X ≥ k) of a binomial distribution. */
export function binomialAtLeast(k: number, n: number, p: number): number {
  return binomialAtMost(n - k, n, 1 - p);
}

/** P(X ≥ k) of a negative binomial distribution with this mean and variance; of a Poisson one where the variance is no greater than the mean. */
export function countAtLeast(k: number, mean: number, variance: number): number {
  if (k <= 0) return 1;
  if (mean <= 0) return 0;
  if (k <= mean) return Math.max(1 - countBelow(k, mean, variance), 0);
  // Far above the mean the terms fall: the tail is summed itself.
  let term = Math.exp(logProbability(k, mean, variance));
  let sum = term;
  for (let at = k; term > sum * 1e-14 && at < k + 1_000_000; at += 1) {
    term *= nextRatio(at, mean, variance);
    sum += term;
  }
  return Math.min(sum, 1);
}

function countBelow(k: number, mean: number, variance: number): number {
  let term = Math.exp(logProbability(k - 1, mean, variance));
  let sum = term;
  for (let at = k - 1; at > 0 && term > sum * 1e-17; at -= 1) {
    term /= nextRatio(at - 1, mean, variance);
    sum += term;
  }
  return Math.min(sum, 1);
}

/** P(X = at + 1) / P(X = at). */
function nextRatio(at: number, mean: number, variance: number): number {
  if (variance <= mean) return mean / (at + 1);
  const size = (mean * mean) / (variance - mean);
  return ((size + at) / (at + 1)) * (mean / (mean + size));
}

function logProbability(k: number, mean: number, variance: number): number {
  if (variance <= mean) return k * Math.log(mean) - mean - logFactorial(k);
  const size = (mean * mean) / (variance - mean);
  return (
    logGamma(k + size) -
    logGamma(size) -
    logFactorial(k) +
    size * Math.log(size / (size + mean)) +
    k * Math.log(mean / (size + mean))
  );
}

/** P(X > x) of χ² with one degree of freedom: twice the upper tail of the normal distribution at √x. */
export function chiSquareTail(x: number): number {
  return x <= 0 ? 1 : upperGammaHalf(x / 2);
}

/** The regularised upper incomplete gamma function Q(1/2, x) = erfc(√x). */
function upperGammaHalf(x: number): number {
  const a = 0.5;
  const front = Math.exp(-x + a * Math.log(x) - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; n < 500 && term > sum * 1e-16; n += 1) {
      term *= x / (a + n);
      sum += term;
    }
    return Math.max(1 - front * sum, 0);
  }
  // Lentz's continued fraction.
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let h = d;
  for (let n = 1; n < 500; n += 1) {
    const an = -n * (n - a);
    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    const change = c * d;
    h *= change;
    if (Math.abs(change - 1) < 1e-15) break;
  }
  return front * h;
}

/** The probability of which `tail` gives `wanted`, for a tail that rises with it: bisection, to 12 digits. */
export function solveProbability(tail: (p: number) => number, wanted: number): number {
  let [low, high] = [0, 1];
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (tail(middle) < wanted) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
