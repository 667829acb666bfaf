const count: number = 'three';
export function twice(value: string) {
  return value * 2 + missing;
}
