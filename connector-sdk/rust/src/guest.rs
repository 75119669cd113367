//! The component side: being written.
