//! An allocator that counts live bytes while it is asked to, so that counting costs the timed runs one predicted branch.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicIsize, Ordering::Relaxed};

static IS_COUNTING: AtomicBool = AtomicBool::new(false);
static LIVE: AtomicIsize = AtomicIsize::new(0);

/// The system's allocator, counted.
pub struct Counting;

#[expect(unsafe_code, reason = "an allocator can be wrapped in no other way; each call goes to the system's unchanged")]
// SAFETY: every method hands its arguments on to `System`, which upholds the contract; counting touches no memory of theirs.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(0, layout.size());
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size, layout.size());
        unsafe { System.realloc(block, layout, size) }
    }
}

#[inline]
fn count(more: usize, less: usize) {
    if IS_COUNTING.load(Relaxed) {
        LIVE.fetch_add(more.cast_signed() - less.cast_signed(), Relaxed);
    }
}

/// Runs `make`; answers what it makes and how many bytes more are live than before.
pub fn counted<R>(make: impl FnOnce() -> R) -> (R, usize) {
    LIVE.store(0, Relaxed);
    IS_COUNTING.store(true, Relaxed);
    let result = make();
    IS_COUNTING.store(false, Relaxed);
    (result, LIVE.load(Relaxed).max(0).cast_unsigned())
}
