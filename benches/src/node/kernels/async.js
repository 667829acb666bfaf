// Promises, generators and closures: producers and consumers that wait for each other.
class Channel {
    values = [];
    takers = [];
    give(value) {
        const taker = this.takers.shift();
        if (taker) taker(value);
        else this.values.push(value);
    }
    take() {
        if (this.values.length > 0) return Promise.resolve(this.values.shift());
        return new Promise((resolve) => this.takers.push(resolve));
    }
}

function* squares(count) {
    for (let i = 0; i < count; i++) yield i * i;
}

async function* doubled(values) {
    for (const value of values) yield (await value) * 2;
}

async function run() {
    const channel = new Channel();
    const producers = [1, 2, 3, 4].map(async (factor) => {
        for await (const value of doubled(squares(2000))) channel.give((value * factor) % 1009);
    });
    const consumers = [1, 2, 3, 4].map(async () => {
        let sum = 0;
        for (let i = 0; i < 2000; i++) sum += await channel.take();
        return sum;
    });
    await Promise.all(producers);
    const sums = await Promise.all(consumers);
    return String(sums.reduce((sum, value) => sum + value));
}
