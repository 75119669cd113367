//! Puts the pieces of one document's verdicts together as outgoing interchanges: 997s, and TA1s before them.

use super::Stamp;
use crate::{Delimiters, Writer};

/// One verdict's piece, in document order.
#[derive(Debug, Clone, Copy)]
pub enum Piece<'a> {
    /// `AK2…AK5`.
    Set(&'a str),
    /// `GS`, `AK1`, `AK9`: comes after its sets.
    Group(&'a str),
    /// `ISA`, and perhaps `TA1`: comes after its groups.
    Interchange(&'a str),
}

/// An outgoing interchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// How many 997 sets are inside; with none it holds only a TA1.
    pub sets: u32,
    /// The bytes.
    pub body: Vec<u8>,
}

/// A group's answer: its header and the segments between ST and SE.
struct GroupAnswer<'a> {
    head: Vec<&'a str>,
    segments: Vec<&'a str>,
}

/// An interchange to be written: addressed to one sender.
struct Outgoing<'a> {
    head: Vec<&'a str>,
    ta1: Vec<&'a str>,
    groups: Vec<GroupAnswer<'a>>,
}

fn segments(text: &str) -> impl Iterator<Item = &str> {
    text.split('~').filter(|segment| !segment.is_empty())
}

fn elements(segment: &str) -> Vec<&str> {
    segment.split('*').collect()
}

/// Element `position` of a split segment.
fn at<'a>(elements: &[&'a str], position: usize) -> &'a str {
    elements.get(position).copied().unwrap_or_default()
}

/// The answers to one document: one interchange for each pair of addresses, empty when nothing is due.
///
/// `control` is our own ISA13 and GS06. Pieces without the interchange that ends them are dropped: nobody to answer to.
#[must_use]
pub fn answer(pieces: &[Piece<'_>], control: u32, now_ms: i64) -> Vec<Answer> {
    let mut outgoing: Vec<Outgoing<'_>> = Vec::new();
    let mut sets: Vec<&str> = Vec::new();
    let mut groups: Vec<GroupAnswer<'_>> = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Set(text) => sets.extend(segments(text)),
            Piece::Group(text) => {
                if let Some(group) = group(text, core::mem::take(&mut sets)) {
                    groups.push(group);
                }
            }
            Piece::Interchange(text) => {
                let mut parts = segments(text);
                let head = elements(parts.next().unwrap_or_default());
                let ta1: Vec<&str> = parts.collect();
                let groups = core::mem::take(&mut groups);
                let address =
                    |head: &[&str]| [5, 6, 7, 8].map(|position| at(head, position).to_owned());
                match outgoing.iter_mut().find(|known| address(&known.head) == address(&head)) {
                    Some(known) => {
                        known.ta1.extend(ta1);
                        known.groups.extend(groups);
                    }
                    None => outgoing.push(Outgoing { head, ta1, groups }),
                }
            }
        }
    }
    let due =
        outgoing.iter().filter(|outgoing| !outgoing.ta1.is_empty() || !outgoing.groups.is_empty());
    due.map(|outgoing| write(outgoing, control, &Stamp::at(now_ms))).collect()
}

/// A group's answer, AK1 first and AK9 last; `None` for a group of acknowledgements.
fn group<'a>(text: &'a str, sets: Vec<&'a str>) -> Option<GroupAnswer<'a>> {
    let mut parts = segments(text);
    let head = elements(parts.next()?);
    if at(&head, 1) == "FA" {
        return None;
    }
    let mut all = vec![parts.next()?];
    all.extend(sets);
    all.extend(parts);
    Some(GroupAnswer { head, segments: all })
}

fn write(outgoing: &Outgoing<'_>, control: u32, stamp: &Stamp) -> Answer {
    let head = &outgoing.head;
    let version = if at(head, 12) < "00402" { "00401" } else { at(head, 12) };
    let repetition = (version >= "00402").then_some(b'^');
    let mut writer = Writer::new(Delimiters { repetition, ..Delimiters::OURS });
    let number = control % 1_000_000_000;
    let padded = format!("{number:09}");
    writer.isa(&[
        "00",
        "",
        "00",
        "",
        at(head, 7),
        at(head, 8),
        at(head, 5),
        at(head, 6),
        stamp.short_date(),
        &stamp.time,
        "",
        version,
        &padded,
        "0",
        at(head, 15),
    ]);
    for ta1 in &outgoing.ta1 {
        copy(&mut writer, ta1);
    }
    let mut written = 0_u32;
    let mut group_number = number;
    for group in &outgoing.groups {
        let version = if at(&group.head, 8).is_empty() { "004010" } else { at(&group.head, 8) };
        // 997 exists in every release; a release that we do not know is answered in the oldest in common use.
        let version = if version.get(..3).is_some_and(|release| ("003"..="008").contains(&release))
        {
            version.get(..6).unwrap_or("004010")
        } else {
            "004010"
        };
        let group_control = group_number.to_string();
        writer.segment(
            "GS",
            &[
                "FA",
                at(&group.head, 3),
                at(&group.head, 2),
                &stamp.date,
                &stamp.time,
                &group_control,
                "X",
                version,
            ],
        );
        writer.segment("ST", &["997", "0001"]);
        for segment in &group.segments {
            copy(&mut writer, segment);
        }
        let count = group.segments.len().saturating_add(2).to_string();
        writer.segment("SE", &[&count, "0001"]);
        writer.segment("GE", &["1", &group_control]);
        written = written.saturating_add(1);
        group_number = group_number.saturating_add(1) % 1_000_000_000;
    }
    writer.segment("IEA", &[&written.to_string(), &padded]);
    Answer { sets: written, body: writer.finish() }
}

/// Writes a segment that was kept as text in [`Delimiters::OURS`].
fn copy(writer: &mut Writer, segment: &str) {
    let elements = elements(segment);
    if let Some((tag, rest)) = elements.split_first() {
        writer.segment(tag, rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ack::{Outcome, SegmentNote, group_code, group_text, interchange_text, set_text};
    use crate::schema::Fault;
    use crate::{Event, Limits, Reader};

    const ISA: &str = "ISA*00*          *00*          *02*ODFL           *ZZ*SHIPPER        *200910*1930*U*00401*000000077*0*P*>~";
    const BODY: &str = "GS*QM*OD*SH*20200910*1930*7*X*004010~ST*214*0001~B10*1*2*SCAC~SE*3*0001~GE*1*7~IEA*1*000000077~";

    /// Answers a document whose sets all get `outcome`.
    fn answers(document: &str, outcome: Outcome) -> Vec<String> {
        let mut reader = Reader::new(document.as_bytes(), Limits::default());
        let mut texts = Vec::new();
        let mut accepted = 0;
        loop {
            match reader.next_event().unwrap() {
                Event::End => break,
                Event::SetEnd(end) => {
                    accepted += u32::from(outcome != Outcome::Rejected);
                    let fault = Fault { position: 5, reference: 373, code: 8 };
                    let note = SegmentNote {
                        id: "AT7".into(),
                        position: 2,
                        code: 8,
                        elements: vec![(fault, "2020*31".into())],
                    };
                    let notes = if outcome == Outcome::Accepted { vec![] } else { vec![note] };
                    texts.push((0, set_text(&end.head, outcome, &end.errors, &notes)));
                }
                Event::GroupEnd(end) => {
                    let code = group_code(&end, accepted, outcome != Outcome::Accepted);
                    texts.push((1, group_text(&end, code, accepted)));
                    accepted = 0;
                }
                Event::InterchangeEnd(end) => texts.push((2, interchange_text(&end))),
                _ => {}
            }
        }
        let pieces: Vec<Piece<'_>> = texts
            .iter()
            .map(|(level, text)| match level {
                0 => Piece::Set(text),
                1 => Piece::Group(text),
                _ => Piece::Interchange(text),
            })
            .collect();
        let answers = answer(&pieces, 12, 1_599_737_700_000);
        answers
            .into_iter()
            .map(|answer| String::from_utf8(answer.body).unwrap().replace('~', "~\n"))
            .collect()
    }

    #[test]
    fn an_accepted_group_is_answered_to_its_sender() {
        let expected = "\
ISA*00*          *00*          *ZZ*SHIPPER        *02*ODFL           *200910*1135*U*00401*000000012*0*P*:~
GS*FA*SH*OD*20200910*1135*12*X*004010~
ST*997*0001~
AK1*QM*7*004010~
AK2*214*0001~
AK5*A~
AK9*A*1*1*1~
SE*6*0001~
GE*1*12~
IEA*1*000000012~
";
        assert_eq!(answers(&format!("{ISA}{BODY}"), Outcome::Accepted), [expected]);
    }

    #[test]
    fn faults_are_told_by_segment_and_element() {
        let text = answers(&format!("{ISA}{BODY}"), Outcome::WithErrors).remove(0);
        assert!(
            text.contains(
                "AK2*214*0001~\nAK3*AT7*2**8~\nAK4*5*373*8*2020 31~\nAK5*E*5~\nAK9*E*1*1*1~"
            ),
            "{text}"
        );
        let text = answers(&format!("{ISA}{BODY}"), Outcome::Rejected).remove(0);
        assert!(text.contains("AK5*R*5~\nAK9*R*1*1*0~"), "{text}");
    }

    #[test]
    fn acknowledgements_are_not_acknowledged() {
        let document =
            format!("{ISA}{}", BODY.replace("GS*QM", "GS*FA").replace("ST*214", "ST*997"));
        assert_eq!(answers(&document, Outcome::Accepted), Vec::<String>::new());
    }

    #[test]
    fn a_ta1_comes_when_asked_for_or_when_the_envelope_is_wrong() {
        let asked = format!("{ISA}{BODY}").replace("*0*P*>", "*1*P*>");
        assert!(
            answers(&asked, Outcome::Accepted)[0]
                .contains("TA1*000000077*200910*1930*A*000~\nGS*FA")
        );
        let wrong = format!("{ISA}{BODY}").replace("IEA*1", "IEA*3");
        assert!(answers(&wrong, Outcome::Accepted)[0].contains("TA1*000000077*200910*1930*E*021~"));
    }

    #[test]
    fn two_interchanges_of_one_sender_share_one_answer() {
        let document = format!("{ISA}{BODY}{}{BODY}", ISA.replace("000000077", "000000078"));
        let both = answers(&document, Outcome::Accepted);
        assert_eq!(both.len(), 1);
        assert!(
            both[0].contains("GE*1*12~\nGS*FA*SH*OD*20200910*1135*13*")
                && both[0].contains("IEA*2*000000012~"),
            "{}",
            both[0]
        );
        let other = format!("{ISA}{BODY}{}{BODY}", ISA.replace("ODFL", "SAIA"));
        assert_eq!(answers(&other, Outcome::Accepted).len(), 2);
    }
}
