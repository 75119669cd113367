//! X12 214 files of any size: one set a shipment, in the shape of fixtures/parties/canada-post, with true counts.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use crate::Failure;

/// Sets of a group; GE01 has six digits and IEA01 five.
const GROUP: u64 = 10_000;

/// Writes `sets` sets whose shipment numbers begin at `first`; answers the file's bytes.
pub(crate) fn file(path: &Path, first: u64, sets: u64) -> Result<u64, Failure> {
    let mut out = BufWriter::new(File::create(path)?);
    let control = first % 1_000_000_000;
    writeln!(
        out,
        "ISA*00*          *00*          *02*CPC            *ZZ*00602679321    *261103*1800*U*00401*{control:09}*0*P*>"
    )?;
    let mut groups = 0_u64;
    for set in 0..sets {
        let number = set % GROUP + 1;
        if number == 1 {
            groups += 1;
            writeln!(out, "GS*QM*CPC*00602679321*20261103*1800*{groups}*X*004010")?;
        }
        one(&mut out, number, first + set)?;
        if number == GROUP || set + 1 == sets {
            writeln!(out, "GE*{number}*{groups}")?;
        }
    }
    writeln!(out, "IEA*{groups}*{control:09}")?;
    let file = out.into_inner()?;
    Ok(file.metadata()?.len())
}

/// The shipment number of the set at `index`.
pub(crate) fn shipment(index: u64) -> String {
    format!("4343{index:012}")
}

fn one(out: &mut BufWriter<File>, number: u64, index: u64) -> Result<(), Failure> {
    let shipment = shipment(index);
    let (status, reason) = match index % 4 {
        0 => ("AF", "NS"),
        1 => ("X6", "NS"),
        2 => ("AG", "NS"),
        _ => ("D1", "NS"),
    };
    let (hour, minute) = (index % 24, index / 24 % 60);
    write!(
        out,
        "ST*214*{number:09}\nB10*{shipment:<30}*{shipment:<30}*CPCC\nL11*{shipment}*97\nL11*0156*86\n\
         N1*SF*00602679321\nN1*ST*The Terminator\nN3*PO BOX 12345 RPO 21ST AVE*MARKET\nN4*DRILL*BC*V5L0B3*CA\n\
         LX*000001\nAT7*{status}*{reason}***20261102*{hour:02}{minute:02}*PT\nMS1*DRILL*BC*CA\nAT8*G*K*4\n\
         SE*0000000013*{number:09}\n"
    )?;
    Ok(())
}
