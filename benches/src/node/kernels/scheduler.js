// Objects of several classes behind one interface, linked queues: an operating system's scheduler in small.
class Packet {
    constructor(next, kind, value) {
        this.next = next;
        this.kind = kind;
        this.value = value;
    }
}

class Task {
    constructor(priority) {
        this.priority = priority;
        this.queue = null;
        this.count = 0;
    }
    give(packet) {
        packet.next = null;
        if (this.queue === null) this.queue = packet;
        else {
            let last = this.queue;
            while (last.next !== null) last = last.next;
            last.next = packet;
        }
    }
    take() {
        const packet = this.queue;
        if (packet !== null) this.queue = packet.next;
        return packet;
    }
}

class Worker extends Task {
    run(system) {
        const packet = this.take();
        if (packet === null) return;
        this.count++;
        packet.value = (packet.value * 31 + this.priority) & 0xffff;
        system.tasks[packet.kind].give(packet);
    }
}

class Device extends Task {
    constructor(priority, back) {
        super(priority);
        this.back = back;
        this.held = null;
    }
    run(system) {
        if (this.held !== null) {
            const packet = this.held;
            this.held = null;
            packet.kind = (packet.value & 1) === 0 ? 3 : 4;
            system.tasks[this.back].give(packet);
        }
        this.held = this.take();
        if (this.held !== null) this.count++;
    }
}

class Idle extends Task {
    constructor(priority) {
        super(priority);
        this.state = 1;
    }
    run(system) {
        this.count++;
        this.state = (this.state & 1) === 0 ? this.state >> 1 : (this.state >> 1) ^ 0xd008;
        const packet = this.take();
        if (packet !== null) system.tasks[1 + (this.state & 1)].give(packet);
    }
}

function run() {
    const system = { tasks: [] };
    system.tasks.push(new Idle(0), new Worker(10), new Worker(20), new Device(30, 1), new Device(40, 0), new Idle(50));
    for (let i = 0; i < 12; i++) system.tasks[i % 6].give(new Packet(null, i % 6, i));
    for (let turn = 0; turn < 60000; turn++) {
        for (let i = 0; i < system.tasks.length; i++) system.tasks[i].run(system);
    }
    return system.tasks.map((task) => task.count).join();
}
