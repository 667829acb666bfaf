import { Named } from './shape.js';

export class Circle extends Named {
  readonly kind = 'circle';
  constructor(
    name: string,
    private readonly radius: number,
  ) {
    super(name);
  }
  area(): number {
    return Math.PI * this.radius ** 2;
  }
}
