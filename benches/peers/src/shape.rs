//! What all contestants are given: the same rows, the same random orders, the same texts.
//!
//! Texts are cut from one flat string, so that handing one over costs a contestant nothing but its own copy.

/// Books of each author, and links of each student, on average.
pub const FAN_OUT: usize = 10;
/// Links of each student, on average.
pub const LINKS: usize = 8;
/// Steps of a timed part at most, so that slow contestants end in time: a sample of a large store says the same.
pub const STEPS: usize = 200_000;
/// Steps in one transaction.
pub const TRANSACTION: usize = 100;
/// Pages of which the scan looks for books with more; about half of the books have.
pub const THICK: u32 = 300;

/// A small generator of the same numbers in every run (splitmix64, Steele and others, 2014).
pub struct Random(u64);

impl Random {
    /// The generator of a purpose: other seeds give other numbers.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below a limit.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^= word >> 31;
        ((u128::from(word) * limit as u128) >> 64) as usize
    }

    /// The numbers below a limit in random order (Fisher and Yates).
    pub fn shuffled(&mut self, limit: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..limit).collect();
        for last in (1..limit).rev() {
            order.swap(last, self.below(last + 1));
        }
        order
    }
}

/// Many texts of the same width in one string.
pub struct Texts(String);

impl Texts {
    /// Bytes of each text; its heap block is the same as that of most short names.
    pub const WIDTH: usize = 16;

    /// The texts that belong to these numbers, in their order. Neighbouring numbers have texts far apart, since an ordered index
    /// would be at an advantage with sorted ones.
    pub fn of(numbers: impl Iterator<Item = usize>) -> Self {
        use std::fmt::Write as _;
        let mut flat = String::new();
        for number in numbers {
            // Odd, so that different numbers below 2^44 have different products.
            let scattered = number.wrapping_mul(0x9E3_779B_97F5) & 0xFFF_FFFF_FFFF;
            write!(flat, "text {scattered:011x}").expect("a string takes what is written to it");
        }
        Self(flat)
    }

    /// The text at a place.
    #[inline]
    pub fn at(&self, place: usize) -> &str {
        &self.0[place * Self::WIDTH..(place + 1) * Self::WIDTH]
    }
}

/// Pages of a book by its number.
pub fn pages(number: usize) -> u32 {
    100 + (number.wrapping_mul(7919) % 400) as u32
}

/// Score of an author by its number.
pub fn score(number: usize) -> i64 {
    i64::from((number % 1000) as u32)
}

/// Folds the answer of a step into the answer of a workload, so that order counts too.
#[inline]
pub fn fold(sum: u64, answer: u64) -> u64 {
    sum.rotate_left(1).wrapping_add(answer)
}
