//! The tree under construction, from data records in order.

use super::Header;
use crate::reader::{Broken, Item, Limits};
use crate::{Control, Field, Idoc, Problem, Segment, Span};

/// One flat IDoc so far.
#[derive(Debug)]
pub(super) struct Assembling {
    idoc: Idoc,
    stack: Vec<Segment>,
    limits: Limits,
    nodes: usize,
    bytes: usize,
    last: u32,
    problem: Option<Problem>,
}

impl Assembling {
    pub(super) fn new(control: Control, span: Span, limits: Limits) -> Self {
        let root =
            control.get("CIMTYP").or_else(|| control.get("IDOCTYP")).unwrap_or_default().to_owned();
        let idoc = Idoc { root, control, span, ..Idoc::default() };
        Self { idoc, stack: Vec::new(), limits, nodes: 0, bytes: 0, last: 0, problem: None }
    }

    pub(super) fn extend(&mut self, end: u64) {
        self.idoc.span.end = end;
    }

    /// Keeps the first problem; further records are read, but not kept.
    pub(super) fn poison(&mut self, problem: Problem) {
        if self.problem.is_none() {
            self.problem = Some(problem);
            self.idoc.segments = Vec::new();
            self.stack = Vec::new();
        }
    }

    pub(super) fn add(
        &mut self,
        name: String,
        header: &Header,
        fields: Vec<Field>,
        span: Span,
        parent: Option<&str>,
    ) {
        if self.problem.is_some() {
            return;
        }
        let number = header.segnum.unwrap_or(self.last.saturating_add(1));
        let about = |code, message, hint| Problem {
            code,
            path: name.clone(),
            message,
            hint,
            segment: Some(number),
            field: None,
            span,
        };
        if let Some(problem) = self.check(header, &about) {
            return self.poison(problem);
        }
        if number != self.last.saturating_add(1) {
            let message = format!("SEGNUM jumps from {} to {number}.", self.last);
            self.idoc.warnings.push(about(
                "idoc-segment-gap",
                message,
                "Check whether records are missing.",
            ));
        }
        self.nodes = self.nodes.saturating_add(fields.len()).saturating_add(1);
        self.bytes =
            fields.iter().fold(self.bytes, |sum, field| sum.saturating_add(field.value.len()));
        if self.nodes > self.limits.nodes || self.bytes > self.limits.idoc_bytes {
            let message = "The IDoc has more segments, fields or text than the limit.".to_owned();
            let problem =
                about("idoc-too-large", message, "Split the IDoc, or ask for a higher limit.");
            return self.poison(problem);
        }
        match (header.psgnum, parent) {
            (0, None) => self.close_until(|_| false),
            (0, Some(parent)) => self.close_until(|open| open.name == parent),
            (wanted, _) if self.stack.iter().any(|open| open.number == wanted) => {
                self.close_until(|open| open.number == wanted);
            }
            (wanted, _) => {
                let message = format!("PSGNUM {wanted} names no segment that is open here.");
                return self.poison(about(
                    "idoc-parent",
                    message,
                    "A child stands behind its parent's record.",
                ));
            }
        }
        if self.stack.len() >= self.limits.depth {
            let message = format!("Segments are nested deeper than {}.", self.limits.depth);
            return self.poison(about("idoc-too-deep", message, "Check PSGNUM."));
        }
        self.last = number;
        self.stack.push(Segment { name, number, fields, children: Vec::new(), span });
    }

    fn check(
        &self,
        header: &Header,
        about: &dyn Fn(&'static str, String, &'static str) -> Problem,
    ) -> Option<Problem> {
        if header.segnam.is_empty() {
            let message = "A record has no segment name in its first 30 characters.".to_owned();
            return Some(about("idoc-record", message, "Check the record's columns."));
        }
        let wanted = self.idoc.control.docnum().unwrap_or_default();
        if header.docnum.is_empty() || header.docnum == wanted {
            return None;
        }
        let message = format!(
            "The record belongs to IDoc {}, the control record is {wanted}'s.",
            header.docnum
        );
        Some(about("idoc-docnum-mismatch", message, "Check whether a control record is missing."))
    }

    /// Closes open segments until the innermost one satisfies `is_parent`, or none is open.
    fn close_until(&mut self, is_parent: impl Fn(&Segment) -> bool) {
        while self.stack.last().is_some_and(|open| !is_parent(open)) {
            self.close();
        }
    }

    fn close(&mut self) {
        let Some(segment) = self.stack.pop() else { return };
        match self.stack.last_mut() {
            Some(parent) => parent.children.push(segment),
            None => self.idoc.segments.push(segment),
        }
    }

    pub(super) fn finish(mut self) -> Item {
        self.close_until(|_| false);
        match self.problem {
            None => Item::Idoc(Box::new(self.idoc)),
            Some(problem) => Item::Broken(Box::new(Broken {
                root: self.idoc.root,
                control: Some(self.idoc.control),
                problem,
                span: self.idoc.span,
            })),
        }
    }
}
