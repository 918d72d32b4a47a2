// A map that forgets everything when it has become too expensive: the cheapest cache with a bound.

/** Values by key, with a limit on the sum of their costs. */
export class BoundedCache<K, V> {
  private readonly maxCost: number;
  private readonly map = new Map<K, V>();
  private cost = 0;

  constructor(maxCost: number) {
    this.maxCost = maxCost;
  }

  get(key: K): V | undefined {
    return this.map.get(key);
  }

  set(key: K, value: V, cost: number): void {
    this.cost += cost;
    if (this.cost > this.maxCost) {
      this.map.clear();
      this.cost = cost;
    }
    this.map.set(key, value);
  }
}
