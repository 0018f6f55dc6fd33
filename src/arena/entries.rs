//! The entries of a list, in order.

use super::lists::{HEAD, INLINE_WORDS, PAGE_WORDS, Page, Pool, Storage, storage};

/// The words of a list, run by run.
#[derive(Clone, Default)]
pub(crate) struct Runs<'a> {
    pub(super) first: Option<&'a [u32]>,
    pub(super) pages: core::slice::Iter<'a, Page>,
    /// Words in the pages.
    pub(super) left: usize,
}

impl<'a> Iterator for Runs<'a> {
    type Item = &'a [u32];

    #[inline]
    fn next(&mut self) -> Option<&'a [u32]> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        if self.left == 0 {
            return None;
        }
        let words = self.left.min(PAGE_WORDS);
        self.left -= words;
        Some(&self.pages.next()?.read()[..words])
    }
}

impl<'a> Runs<'a> {
    /// All words, if they are one run: those of every list that is no hub. O(1).
    #[inline]
    pub(crate) fn single(&self) -> Option<&'a [u32]> {
        if self.left == 0 { self.first } else { None }
    }

    /// How many words there are. O(1).
    #[inline]
    pub(crate) fn words(&self) -> usize {
        self.first.map_or(0, <[u32]>::len) + self.left
    }
}

/// The first words of a list's entries: slots, in the lists of relations.
///
/// All but hubs are one run, which is walked as the slice it is.
#[derive(Clone)]
pub(crate) struct Entries<'a, const W: usize> {
    run: core::slice::Iter<'a, [u32; W]>,
    rest: Runs<'a>,
}

impl Pool {
    /// The words of a list that is no hub. O(1).
    #[inline]
    pub(crate) fn words<'a, const W: usize>(&'a self, head: &'a [u32; HEAD]) -> &'a [u32] {
        let words = head[0] as usize * W;
        if words <= INLINE_WORDS {
            return &head[1..=words];
        }
        let start = head[1] as usize % PAGE_WORDS;
        &self.pages[head[1] as usize / PAGE_WORDS].read()[start..start + words]
    }

    /// The words of a list of single words that is no hub, to write. O(1).
    pub(crate) fn words_mut<'a>(&'a mut self, head: &'a mut [u32; HEAD]) -> &'a mut [u32] {
        let words = head[0] as usize;
        if words <= INLINE_WORDS {
            return &mut head[1..=words];
        }
        let start = head[1] as usize % PAGE_WORDS;
        &mut self.pages[head[1] as usize / PAGE_WORDS].write()[start..start + words]
    }

    /// The list's words in runs, in order. O(1) for each run.
    #[inline]
    pub(crate) fn runs<'a, const W: usize>(&'a self, head: &'a [u32; HEAD]) -> Runs<'a> {
        let words = head[0] as usize * W;
        match storage::<W>(head) {
            Storage::Inline => Runs { first: Some(&head[1..=words]), pages: [].iter(), left: 0 },
            Storage::Block { address, .. } => {
                let start = address % PAGE_WORDS;
                let run = &self.pages[address / PAGE_WORDS].read()[start..start + words];
                Runs { first: Some(run), pages: [].iter(), left: 0 }
            }
            Storage::Hub(hub) => Runs { first: None, pages: self.hubs[hub].iter(), left: words },
        }
    }

    /// The entries of a list. O(1) to start, then O(1) each.
    #[inline]
    pub(crate) fn entries<'a, const W: usize>(&'a self, head: &'a [u32; HEAD]) -> Entries<'a, W> {
        let mut rest = self.runs::<W>(head);
        let (run, _) = rest.first.take().unwrap_or_default().as_chunks();
        Entries { run: run.iter(), rest }
    }
}

impl<const W: usize> Entries<'_, W> {
    #[cold]
    #[inline(never)]
    fn next_run(&mut self) -> Option<u32> {
        self.run = self.rest.next()?.as_chunks().0.iter();
        self.run.next().map(|entry| entry[0])
    }
}

impl<const W: usize> Iterator for Entries<'_, W> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        match self.run.next() {
            Some(entry) => Some(entry[0]),
            None if self.rest.left == 0 => None,
            None => self.next_run(),
        }
    }

    #[inline]
    fn fold<B, F: FnMut(B, u32) -> B>(self, start: B, mut step: F) -> B {
        let mut folded = self.run.fold(start, |folded, entry| step(folded, entry[0]));
        for run in self.rest {
            folded = run.as_chunks::<W>().0.iter().fold(folded, |folded, entry| step(folded, entry[0]));
        }
        folded
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.run.len() + self.rest.left / W;
        (left, Some(left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_say_how_many_are_left_in_a_hub_too() {
        let (mut pool, mut head) = (Pool::new(), [0; HEAD]);
        for word in 0..2000 {
            pool.push(&mut head, [word, 0]);
        }
        let mut entries = pool.entries::<2>(&head);
        for left in (0..2000).rev() {
            assert!(entries.next().is_some());
            assert_eq!(entries.size_hint(), (left, Some(left)));
        }
        assert_eq!((entries.next(), pool.runs::<2>(&head).words()), (None, 4000));
    }

    #[test]
    fn runs_say_how_many_words_they_have() {
        let (mut pool, mut head) = (Pool::new(), [0; HEAD]);
        for length in [0, 1, 3, 4, 500, 1024, 1025] {
            while (head[0] as usize) < length {
                pool.push(&mut head, [7]);
            }
            assert_eq!(pool.runs::<1>(&head).words(), length);
        }
    }
}
