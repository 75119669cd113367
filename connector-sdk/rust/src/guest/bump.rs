//! An allocator for short calls: it moves a mark upwards and frees with the instance.
//!
//! A fresh instance is dropped after each call, so giving memory back piece by piece is work for nothing.
//! The last allocation can grow, shrink and be freed in place, which is what building a `Vec` or `String` does.
//! Memory starts at the linker's `__heap_base`, so the pages that the module was given at its start are used before any
//! `memory.grow`.

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32;
use core::cell::Cell;
use core::ptr;

const PAGE_BYTES: usize = 65_536;
/// Growing costs a call into the host: grow by at least 1 MiB.
const GROW_PAGES_MIN: usize = 16;

unsafe extern "C" {
    static __heap_base: u8;
}

/// The allocator. WASM components of ours have one thread.
pub struct Bump {
    /// The first free address; 0 before the first allocation.
    mark: Cell<usize>,
    /// One past the last usable address.
    end: Cell<usize>,
}

impl Default for Bump {
    fn default() -> Self {
        Self::new()
    }
}

// SAFETY: wasm32-unknown-unknown without atomics has one thread, so nothing is ever shared between two.
unsafe impl Sync for Bump {}

impl Bump {
    /// An allocator that has given nothing yet.
    pub const fn new() -> Self {
        Self { mark: Cell::new(0), end: Cell::new(0) }
    }

    /// Makes sure that everything below `end` is usable.
    fn reach(&self, end: usize) -> bool {
        if end <= self.end.get() {
            return true;
        }
        let missing = (end - self.end.get()).div_ceil(PAGE_BYTES);
        let pages = if missing > GROW_PAGES_MIN { missing } else { GROW_PAGES_MIN };
        // The memory's limit may lie between what is needed and what we would like.
        let grown =
            [pages, missing].into_iter().find(|pages| wasm32::memory_grow(0, *pages) != usize::MAX);
        self.end.set(wasm32::memory_size(0).saturating_mul(PAGE_BYTES));
        grown.is_some()
    }
}

// SAFETY: blocks are disjoint because `mark` only rises over handed-out blocks, except when the block that ends at
// `mark` is itself freed or resized; every block lies between `__heap_base` and the end of the linear memory.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if self.mark.get() == 0 {
            self.mark.set(&raw const __heap_base as usize);
            self.end.set(wasm32::memory_size(0).saturating_mul(PAGE_BYTES));
        }
        let Some(start) = self.mark.get().checked_next_multiple_of(layout.align()) else {
            return ptr::null_mut();
        };
        let Some(end) = start.checked_add(layout.size()) else {
            return ptr::null_mut();
        };
        if !self.reach(end) {
            return ptr::null_mut();
        }
        self.mark.set(end);
        start as *mut u8
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if (block as usize).wrapping_add(layout.size()) == self.mark.get() {
            self.mark.set(block as usize);
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let start = block as usize;
        let is_last = start.wrapping_add(layout.size()) == self.mark.get();
        if is_last {
            let Some(end) = start.checked_add(new_size) else {
                return ptr::null_mut();
            };
            if !self.reach(end) {
                return ptr::null_mut();
            }
            self.mark.set(end);
            return block;
        }
        if new_size <= layout.size() {
            return block;
        }
        // SAFETY: `layout`'s alignment is valid, and the caller promises that `new_size` fits it.
        let moved =
            unsafe { self.alloc(Layout::from_size_align_unchecked(new_size, layout.align())) };
        if !moved.is_null() {
            // SAFETY: the new block is disjoint from the old one and larger.
            unsafe { ptr::copy_nonoverlapping(block, moved, layout.size()) };
        }
        moved
    }
}
