/** What every shape has. */
export interface Shape {
  readonly kind: 'circle' | 'square' | 'group';
  area(): number;
}

export abstract class Named implements Shape {
  abstract readonly kind: Shape['kind'];
  constructor(readonly name: string) {}
  abstract area(): number;
  toString(): string {
    return `${this.name} (${this.kind}): ${this.area().toFixed(2)}`;
  }
}
