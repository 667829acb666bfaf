import { Named, type Shape } from './shape.js';

export class Group<T extends Shape> extends Named {
  readonly kind = 'group';
  private readonly members: T[] = [];
  add(...shapes: T[]): this {
    this.members.push(...shapes);
    return this;
  }
  area(): number {
    return this.members.reduce((sum, shape) => sum + shape.area(), 0);
  }
}
