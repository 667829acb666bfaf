import { Circle } from './circle.js';
import { Group } from './group.js';
import { Square } from './square.js';

export { Circle, Group, Square };
export const sample = new Group('sample').add(new Circle('disc', 1), new Square('tile', 2));
