// Random numbers that are the same in every run, for simulations.

export class Seeded {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 to below 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }

  poisson(mean: number): number {
    if (mean > 500) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    let left = Math.exp(-mean);
    let count = 0;
    for (let u = this.next(); u > left; u -= left, left *= mean / count) {
      count += 1;
      if (count > 5000) break;
    }
    return count;
  }

  /** A whole power of shape `k` of the gamma distribution, mean 1: the sum of exponentials. */
  gamma(k: number): number {
    let sum = 0;
    for (let at = 0; at < k; at += 1) sum -= Math.log(1 - this.next());
    return sum / k;
  }
}
