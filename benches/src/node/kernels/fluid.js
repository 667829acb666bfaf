// Loops over typed arrays of floating-point numbers: a fluid that spreads in a box.
const SIDE = 96;
const ROW = SIDE + 2;

function edge(field) {
    for (let i = 1; i <= SIDE; i++) {
        field[i] = field[i + ROW];
        field[i + (SIDE + 1) * ROW] = field[i + SIDE * ROW];
        field[i * ROW] = field[i * ROW + 1];
        field[i * ROW + SIDE + 1] = field[i * ROW + SIDE];
    }
}

function relax(field, before, a, c) {
    for (let round = 0; round < 10; round++) {
        for (let y = 1; y <= SIDE; y++) {
            let at = y * ROW;
            for (let x = 1; x <= SIDE; x++) {
                at++;
                field[at] = (before[at] + a * (field[at - 1] + field[at + 1] + field[at - ROW] + field[at + ROW])) / c;
            }
        }
        edge(field);
    }
}

function carry(field, before, u, v) {
    for (let y = 1; y <= SIDE; y++) {
        for (let x = 1; x <= SIDE; x++) {
            const at = y * ROW + x;
            const px = Math.min(SIDE + 0.5, Math.max(0.5, x - 0.1 * SIDE * u[at]));
            const py = Math.min(SIDE + 0.5, Math.max(0.5, y - 0.1 * SIDE * v[at]));
            const left = px | 0;
            const top = py | 0;
            const s = px - left;
            const t = py - top;
            const corner = top * ROW + left;
            field[at] = (1 - s) * ((1 - t) * before[corner] + t * before[corner + ROW])
                + s * ((1 - t) * before[corner + 1] + t * before[corner + ROW + 1]);
        }
    }
    edge(field);
}

function run() {
    let [u, v, density, spare] = Array.from({ length: 4 }, () => new Float64Array(ROW * ROW));
    for (let i = 0; i < ROW * ROW; i++) {
        u[i] = Math.sin(i / 97) * 0.2;
        v[i] = Math.cos(i / 61) * 0.2;
        density[i] = (i * 7919) % 101 / 101;
    }
    for (let step = 0; step < 4; step++) {
        relax(spare, density, 0.3, 2.2);
        [density, spare] = [spare, density];
        carry(spare, density, u, v);
        [density, spare] = [spare, density];
    }
    return density.reduce((sum, value) => sum + value, 0).toFixed(6);
}
