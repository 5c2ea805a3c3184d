/** How well attackers call what is hidden, against those who know only what everybody knows. */
export class Score {
  #attack = 0;
  #prior = 0;
  #square = 0;
  #calls = 0;
  #sides = 0;
  #priorSides = 0;

  add(truth: ArrayLike<number>, called: ArrayLike<number>, prior: ArrayLike<number>): void {
    for (let k = 0; k < truth.length; k++) {
      const [is, said, known] = [truth[k]!, called[k]!, prior[k]!];
      this.#attack += (is - said) ** 2;
      this.#prior += (is - known) ** 2;
      this.#square += is ** 2;
      if (is === 0) continue;
      this.#calls++;
      this.#sides += Number(is > 0 === said > 0);
      this.#priorSides += Number(is > 0 === known > 0);
    }
  }

  /** Share of the prior's uncertainty that the attack removes; below 0: it misleads. */
  get taken(): number {
    return this.#prior === 0 ? 0 : 1 - this.#attack / this.#prior;
  }

  /** R² about nothing, beyond that of the prior. */
  get r2OverPrior(): number {
    return (this.#prior - this.#attack) / this.#square;
  }

  /** Share of orders called on the right side, beyond the prior's. */
  get sideOverPrior(): number {
    return this.#calls === 0 ? 0 : (this.#sides - this.#priorSides) / this.#calls;
  }
}

/** Book errors: half the sum of the weights' misses. */
export class BookScore {
  #attack = 0;
  #prior = 0;
  #books = 0;

  add(truth: ArrayLike<number>, called: ArrayLike<number>, prior: ArrayLike<number>): void {
    for (let k = 0; k < truth.length; k++) {
      this.#attack += Math.abs(truth[k]! - called[k]!) / 2;
      this.#prior += Math.abs(truth[k]! - prior[k]!) / 2;
    }
    this.#books++;
  }

  get error(): number {
    return this.#attack / this.#books;
  }

  /** Over the error of one who knows the template only. */
  get ratio(): number {
    return this.#attack / this.#prior;
  }
}
