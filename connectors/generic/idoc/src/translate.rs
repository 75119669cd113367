//! A document in, batches out: each IDoc becomes a record and a verdict, or a reject and a verdict; the others still arrive.

use std::io::Read;

use caravan_mappings_idoc::reader::{Broken, Options, Reader};
use caravan_mappings_idoc::{Control, Form, Idoc, Item, NotIdoc, Problem};
use caravan_model::{Batch, Level, Record, Reject, Severity, Verdict, VerdictOutcome};

use crate::detail::Detail;
use crate::mapper::{Mapper, span};
use crate::profile::Profile;
use crate::{delivery, orders};

/// About how many IDocs, lines and rejects one batch holds.
const PORTION: usize = 500;

/// Reads one document, portion by portion.
#[derive(Debug)]
pub struct Translation<R: Read> {
    reader: Reader<R>,
    profile: Profile,
    expected: Option<String>,
    done: bool,
}

impl<R: Read> Translation<R> {
    /// Looks at the beginning of `input`. `message` is the kind that the hub expects (`idoc/ORDERS05`); none takes any we know.
    ///
    /// # Errors
    /// When it begins like no IDoc.
    pub fn open(input: R, profile: Profile, message: Option<&str>) -> Result<Self, NotIdoc> {
        let options = Options { flat_encoding: profile.encoding, ..Options::default() };
        let reader = Reader::open(input, profile.layouts(), options)?;
        let expected = message.map(|kind| kind.strip_prefix("idoc/").unwrap_or(kind).to_owned());
        Ok(Self { reader, profile, expected, done: false })
    }

    /// The next portion; `done` is set on the last.
    ///
    /// # Errors
    /// When the document turns out to hold no IDoc; only instead of the first portion.
    pub fn next_batch(&mut self) -> Result<Batch, NotIdoc> {
        let mut batch = Batch::default();
        let mut size = 0_usize;
        while !self.done && size < PORTION {
            match self.reader.next_item()? {
                None => self.done = true,
                Some(Item::Idoc(idoc)) => size = size.saturating_add(self.idoc(&idoc, &mut batch)),
                Some(Item::Broken(broken)) => {
                    self.broken(&broken, &mut batch);
                    size = size.saturating_add(1);
                }
            }
        }
        batch.done = self.done;
        Ok(batch)
    }

    /// Translates one IDoc and answers how much it added.
    fn idoc(&self, idoc: &Idoc, batch: &mut Batch) -> usize {
        let mut mapper = Mapper::new(&self.profile, idoc);
        mapper.warnings.clone_from(&idoc.warnings);
        let result = self.kind(idoc).and_then(|kind| match kind {
            "delivery" => delivery::map(&mut mapper),
            _ => orders::map(&mut mapper),
        });
        let place = place(&idoc.root, Some(&idoc.control));
        let warnings = mapper.warnings;
        let size = warnings.len().saturating_add(1);
        let added = warnings.into_iter().map(|warning| reject(Severity::Warning, &place, warning));
        let outcome =
            if size > 1 { VerdictOutcome::AcceptedWithErrors } else { VerdictOutcome::Accepted };
        batch.rejects.extend(added);
        match result {
            Ok(order) => {
                let size = size.saturating_add(order.lines.len());
                batch.records.push(Record::Order(Box::new(order)));
                batch.verdicts.push(self.verdict(
                    idoc.basic_type(),
                    Some(&idoc.control),
                    outcome,
                    None,
                    idoc.span,
                ));
                size
            }
            Err(problem) => {
                let outcome = VerdictOutcome::Rejected;
                let verdict = self.verdict(
                    idoc.basic_type(),
                    Some(&idoc.control),
                    outcome,
                    Some(&problem),
                    idoc.span,
                );
                batch.verdicts.push(verdict);
                batch.rejects.push(reject(Severity::Error, &place, *problem));
                size
            }
        }
    }

    /// `order` or `delivery`.
    fn kind(&self, idoc: &Idoc) -> Result<&str, Box<Problem>> {
        let basic_type = idoc.basic_type();
        let control = |field: &str, code, message, hint| {
            let found = idoc.control.fields.iter().find(|candidate| candidate.name == field);
            let span = found.map_or(idoc.control.span, |found| found.span);
            let path = format!("EDI_DC40 / {field}");
            let field = Some(field.to_owned());
            Box::new(Problem { code, path, message, hint, segment: None, field, span })
        };
        if idoc.control.docnum().is_none() {
            let message = "The IDoc has no number (EDI_DC40 / DOCNUM).".to_owned();
            return Err(control(
                "DOCNUM",
                "idoc-missing",
                message,
                "Send DOCNUM: it is how we know a repetition and how we answer.",
            ));
        }
        if let Some(expected) = self.expected.as_deref().filter(|expected| *expected != basic_type)
        {
            let message = format!("The IDoc is {basic_type}, where {expected} is expected.");
            return Err(control(
                "IDOCTYP",
                "idoc-basic-type",
                message,
                "Send it to the connection for its type.",
            ));
        }
        self.profile.lookup("basic-types", basic_type).ok_or_else(|| {
            let message = format!("IDocs of basic type {basic_type} are not understood.");
            control("IDOCTYP", "idoc-basic-type", message, "Send ORDERS05 or DELVRY07.")
        })
    }

    fn broken(&self, broken: &Broken, batch: &mut Batch) {
        let control = broken.control.as_ref();
        let kind = control.and_then(|control| control.get("IDOCTYP")).unwrap_or(&broken.root);
        let problem = Some(&broken.problem);
        batch.verdicts.push(self.verdict(
            kind,
            control,
            VerdictOutcome::Rejected,
            problem,
            broken.span,
        ));
        batch.rejects.push(reject(
            Severity::Error,
            &place(&broken.root, control),
            broken.problem.clone(),
        ));
    }

    fn verdict(
        &self,
        kind: &str,
        control: Option<&Control>,
        outcome: VerdictOutcome,
        problem: Option<&Problem>,
        at: caravan_mappings_idoc::Span,
    ) -> Verdict {
        Verdict {
            level: Level::Message,
            kind: kind.to_owned(),
            control: control.and_then(Control::docnum).unwrap_or_default().to_owned(),
            outcome,
            note: problem.map(|problem| problem.message.clone()),
            detail: Detail::new(self.form(), control, problem).to_json(),
            source: span(at),
        }
    }

    fn form(&self) -> Form {
        self.reader.form()
    }
}

fn place(root: &str, control: Option<&Control>) -> String {
    match control.and_then(Control::docnum) {
        Some(docnum) => format!("{root} {docnum}"),
        None => root.to_owned(),
    }
}

fn reject(severity: Severity, place: &str, problem: Problem) -> Reject {
    let path = if problem.path.is_empty() {
        place.to_owned()
    } else {
        format!("{place} / {}", problem.path)
    };
    Reject {
        severity,
        code: problem.code.to_owned(),
        path,
        message: problem.message,
        hint: (!problem.hint.is_empty()).then(|| problem.hint.to_owned()),
        source: span(problem.span),
    }
}
