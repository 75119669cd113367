//! The connector as its host sees it: golden cases from folders, and properties over whole documents.

#[cfg(test)]
mod golden;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod render;
#[cfg(test)]
mod tender;
