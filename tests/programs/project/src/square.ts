import { Named } from './shape.js';

export class Square extends Named {
  readonly kind = 'square';
  #side: number;
  constructor(name: string, side: number) {
    super(name);
    this.#side = side;
  }
  area(): number {
    return this.#side * this.#side;
  }
}
