// Short-lived objects of floating-point numbers, closures and calls: spheres seen by rays.
class Vector {
    constructor(x, y, z) {
        this.x = x;
        this.y = y;
        this.z = z;
    }
    add(other) { return new Vector(this.x + other.x, this.y + other.y, this.z + other.z); }
    subtract(other) { return new Vector(this.x - other.x, this.y - other.y, this.z - other.z); }
    scale(by) { return new Vector(this.x * by, this.y * by, this.z * by); }
    dot(other) { return this.x * other.x + this.y * other.y + this.z * other.z; }
    unit() { return this.scale(1 / Math.sqrt(this.dot(this))); }
}

class Sphere {
    constructor(centre, radius, shine) {
        this.centre = centre;
        this.radius = radius;
        this.shine = shine;
    }
    distance(from, direction) {
        const to = this.centre.subtract(from);
        const along = to.dot(direction);
        const rest = this.radius * this.radius - to.dot(to) + along * along;
        if (rest < 0) return Infinity;
        const near = along - Math.sqrt(rest);
        return near > 1e-4 ? near : Infinity;
    }
    normal(at) { return at.subtract(this.centre).unit(); }
}

class Floor {
    constructor() { this.shine = 0.2; }
    distance(from, direction) {
        const at = -(from.y + 2) / direction.y;
        return at > 1e-4 ? at : Infinity;
    }
    normal() { return new Vector(0, 1, 0); }
}

const LIGHT = new Vector(-3, 6, -4).unit();

function trace(scene, from, direction, depth) {
    let best = Infinity;
    let hit = null;
    for (const thing of scene) {
        const at = thing.distance(from, direction);
        if (at < best) {
            best = at;
            hit = thing;
        }
    }
    if (hit === null) return 0.3 + 0.2 * direction.y;
    const at = from.add(direction.scale(best));
    const normal = hit.normal(at);
    const shadowed = scene.some((thing) => thing.distance(at, LIGHT) !== Infinity);
    let light = 0.1 + (shadowed ? 0 : Math.max(0, normal.dot(LIGHT)));
    if (depth > 0) {
        const mirrored = direction.subtract(normal.scale(2 * normal.dot(direction)));
        light += hit.shine * trace(scene, at, mirrored, depth - 1);
    }
    return light;
}

function run() {
    const scene = [new Floor()];
    for (let i = 0; i < 8; i++) {
        scene.push(new Sphere(new Vector(Math.sin(i) * 3, Math.cos(i * 2), 5 + i % 3), 0.5 + i / 10, 0.4));
    }
    const eye = new Vector(0, 0, -3);
    let sum = 0;
    for (let y = 0; y < 90; y++) {
        for (let x = 0; x < 120; x++) {
            sum += trace(scene, eye, new Vector((x - 60) / 60, (45 - y) / 60, 1).unit(), 3);
        }
    }
    return sum.toFixed(6);
}
