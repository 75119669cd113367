//! The sandbox against components that mean harm, and against the ones that do not.

mod calls;
mod guests;
mod hostile;
mod loading;
mod support;
