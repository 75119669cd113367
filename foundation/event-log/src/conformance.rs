//! The suite that every log passes.
