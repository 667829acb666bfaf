//! rand(): the additive feedback generator of BSD's random(), x[n] = x[n-63] + x[n-62], shuffled as Bays and Durham do
//! (ACM TOMS 2(1), 1976), which makes gawk's sequences.

const DEGREE: usize = 63;
const SEPARATION: usize = 1;
/// Numbers that wait to be given.
const SHUFFLED: usize = 512;
const MODULUS: f64 = 2_147_483_648.0;

pub(super) struct Random {
    state: [u32; DEGREE],
    front: usize,
    waiting: Vec<u32>,
    /// The one given last tells which is next.
    last: u32,
    /// What srand() was given last.
    pub(super) seed: f64,
}

impl Default for Random {
    fn default() -> Random {
        let mut random = Random { state: [0; DEGREE], front: SEPARATION, waiting: Vec::new(), last: 0, seed: 0.0 };
        random.start(1);
        random
    }
}

impl Random {
    /// Starts a new sequence; gives the seed before.
    pub(super) fn seed(&mut self, seed: f64) -> f64 {
        self.start(seed as i64 as u32);
        std::mem::replace(&mut self.seed, seed)
    }

    fn start(&mut self, seed: u32) {
        let mut word = seed;
        for slot in &mut self.state {
            *slot = word;
            // The minimal standard generator, 16807 x mod (2^31 - 1), by Schrage's method.
            let x = if word == 0 { 123_459_876 } else { word as i32 };
            let next = 16_807 * (x % 127_773) - 2_836 * (x / 127_773);
            word = if next < 0 { next + 0x7fff_ffff } else { next } as u32;
        }
        self.front = SEPARATION;
        self.waiting = (0..SHUFFLED).map(|_| self.raw()).collect();
        self.last = self.raw();
        for _ in 0..10 * DEGREE {
            self.word();
        }
    }

    fn word(&mut self) -> f64 {
        let next = self.raw();
        let slot = self.last as usize % SHUFFLED;
        self.last = std::mem::replace(&mut self.waiting[slot], next);
        f64::from(self.last)
    }

    fn raw(&mut self) -> u32 {
        let rear = (self.front + DEGREE - SEPARATION) % DEGREE;
        let sum = self.state[self.front].wrapping_add(self.state[rear]);
        self.state[self.front] = sum;
        self.front = (self.front + 1) % DEGREE;
        sum >> 1
    }

    /// The next number, from 0 to below 1.
    pub(super) fn next(&mut self) -> f64 {
        loop {
            // Two words, for all the bits that a double has; the half keeps zero as likely as the rest.
            let low = self.word();
            let number = 0.5 + (low / MODULUS + self.word()) / MODULUS;
            let number = number - 0.5;
            if number != 1.0 {
                return number;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn a_seed_gives_the_same_numbers_again() {
        let mut random = Random::default();
        random.seed(42.0);
        let first: Vec<f64> = (0..100).map(|_| random.next()).collect();
        assert_eq!(random.seed(42.0), 42.0);
        assert_eq!(first, (0..100).map(|_| random.next()).collect::<Vec<_>>());
        assert!(first.iter().all(|n| (0.0..1.0).contains(n)));
        assert!(first.iter().any(|n| *n < 0.2) && first.iter().any(|n| *n > 0.8));
    }
}
