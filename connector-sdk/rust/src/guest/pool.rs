//! An allocator for long readers: blocks of fixed sizes, each size with a list of its free blocks.
//!
//! A reader makes and frees the same few sizes of texts and lists millions of times, so a freed block is soon asked for again:
//! giving and taking one is a handful of instructions, where a general allocator searches, splits and joins.
//! Memory never goes from one size to another; at worst it is the sum of each size's own peak.
//! Memory starts at the linker's `__heap_base`, so the pages that the module was given at its start are used before any
//! `memory.grow`.

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32;
use core::cell::Cell;
use core::ptr;

const PAGE_BYTES: usize = 65_536;
/// Growing costs a call into the host: grow by at least 256 KiB.
const GROW_PAGES_MIN: usize = 4;
/// Small sizes are the multiples of this, which is also every block's alignment.
const STEP: usize = 16;
const SMALL_MAX: usize = 1024;
const SMALL: usize = SMALL_MAX / STEP;
/// Larger sizes are powers of two from 2 KiB.
const LARGE_FIRST_LOG: usize = 11;
const LARGE: usize = 32 - LARGE_FIRST_LOG;

unsafe extern "C" {
    static __heap_base: u8;
}

/// The allocator. WASM components of ours have one thread.
pub struct Pool {
    /// The first address that no block has; 0 before the first allocation.
    mark: Cell<usize>,
    /// One past the last usable address.
    end: Cell<usize>,
    /// For each size the last freed block, whose first word is the address of the one before it; 0: none.
    free: [Cell<usize>; SMALL + LARGE],
}

impl Default for Pool {
    fn default() -> Self {
        Self::new()
    }
}

// SAFETY: wasm32-unknown-unknown without atomics has one thread, so nothing is ever shared between two.
unsafe impl Sync for Pool {}

/// The index of the list that serves `size`, and the bytes of its blocks.
#[inline]
const fn class(size: usize) -> (usize, usize) {
    if size <= SMALL_MAX {
        let steps = if size == 0 { 1 } else { size.div_ceil(STEP) };
        (steps - 1, steps * STEP)
    } else {
        let log = (usize::BITS - (size - 1).leading_zeros()) as usize;
        // 4 GiB cannot be had; the size that overflows is refused by the caller's check of the address.
        let bytes = if log < 32 { 1 << log } else { usize::MAX };
        (SMALL + log - LARGE_FIRST_LOG, bytes)
    }
}

impl Pool {
    /// An allocator that has given nothing yet.
    pub const fn new() -> Self {
        Self {
            mark: Cell::new(0),
            end: Cell::new(0),
            free: [const { Cell::new(0) }; SMALL + LARGE],
        }
    }

    /// A block of `bytes` that was never given, at a multiple of `align`; null when there is no memory.
    #[cold]
    fn fresh(&self, bytes: usize, align: usize) -> *mut u8 {
        if self.mark.get() == 0 {
            self.mark.set(&raw const __heap_base as usize);
            self.end.set(wasm32::memory_size(0).saturating_mul(PAGE_BYTES));
        }
        let Some(start) = self.mark.get().checked_next_multiple_of(align) else {
            return ptr::null_mut();
        };
        let Some(end) = start.checked_add(bytes) else {
            return ptr::null_mut();
        };
        if end > self.end.get() {
            let missing = (end - self.end.get()).div_ceil(PAGE_BYTES);
            let pages = if missing > GROW_PAGES_MIN { missing } else { GROW_PAGES_MIN };
            // The memory's limit may lie between what is needed and what we would like.
            let grown = [pages, missing]
                .into_iter()
                .any(|pages| wasm32::memory_grow(0, pages) != usize::MAX);
            if !grown {
                return ptr::null_mut();
            }
            self.end.set(wasm32::memory_size(0).saturating_mul(PAGE_BYTES));
        }
        self.mark.set(end);
        start as *mut u8
    }
}

// SAFETY: a block is either in the caller's hands or in its size's list, never both; fresh blocks are disjoint because `mark`
// only rises, and lie between `__heap_base` and the end of the linear memory. Every block of a list starts at a multiple of
// `STEP`; what needs a coarser alignment never enters a list.
unsafe impl GlobalAlloc for Pool {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() > STEP {
            return self.fresh(layout.size(), layout.align());
        }
        let (index, bytes) = class(layout.size());
        let Some(list) = self.free.get(index) else {
            return ptr::null_mut();
        };
        let block = list.get();
        if block == 0 {
            return self.fresh(bytes, STEP);
        }
        // SAFETY: a block in a list holds the next one's address in its first word, and is at least `STEP` bytes, aligned.
        list.set(unsafe { *(block as *const usize) });
        block as *mut u8
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if layout.align() > STEP {
            return;
        }
        let (index, _) = class(layout.size());
        if let Some(list) = self.free.get(index) {
            // SAFETY: the caller gives the block up; it is at least `STEP` bytes, aligned.
            unsafe { *block.cast::<usize>() = list.get() };
            list.set(block as usize);
        }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if layout.align() <= STEP && class(layout.size()).0 == class(new_size).0 {
            return block;
        }
        // SAFETY: `layout`'s alignment is valid, and the caller promises that `new_size` fits it.
        let moved =
            unsafe { self.alloc(Layout::from_size_align_unchecked(new_size, layout.align())) };
        if !moved.is_null() {
            let kept = if layout.size() < new_size { layout.size() } else { new_size };
            // SAFETY: both blocks hold `kept` bytes and are disjoint; the old one is given up after the copy.
            unsafe {
                ptr::copy_nonoverlapping(block, moved, kept);
                self.dealloc(block, layout);
            }
        }
        moved
    }
}
