//! The segments that only sets 204 and 990 have, and which segments these sets may hold (research/formats.md §1.2, §1.3).

use super::super::Kind::{An, Dt, Id, N, R};
use super::super::SegmentDef;
use super::super::condition::{paired, required};
use super::{m, o};

/// Segments that a 204 may hold.
pub(super) const IN_204: &[&str] = &[
    "ST", "B2", "B2A", "L11", "G62", "MS3", "AT5", "PLD", "LH6", "NTE", "N1", "N2", "N3", "N4",
    "G61", "N7", "N7A", "N7B", "MEA", "M7", "S5", "AT8", "LAD", "L5", "LH1", "LH2", "LH3", "LFH",
    "LEP", "LH4", "LHT", "OID", "L3", "SE",
];
/// Segments that a 990 may hold.
pub(super) const IN_990: &[&str] =
    &["ST", "B1", "N9", "G62", "N7", "L9", "V9", "K1", "S5", "N1", "N2", "N3", "N4", "G61", "SE"];

pub(super) static B1: SegmentDef = SegmentDef::new(
    "B1",
    &[
        o(140, Id, 2, 4),
        o(145, An, 1, 30),
        o(373, Dt, 8, 8),
        o(558, Id, 1, 1),
        o(1073, Id, 1, 1),
        o(0, Id, 3, 3),
        o(146, Id, 2, 2),
    ],
    &[],
);
pub(super) static B2: SegmentDef = SegmentDef::new(
    "B2",
    &[
        o(375, Id, 2, 2),
        o(140, Id, 2, 4),
        o(154, Id, 6, 9),
        o(145, An, 1, 30),
        o(188, Id, 1, 1),
        m(146, Id, 2, 2),
        o(147, Id, 1, 1),
        o(86, N, 1, 3),
        o(0, Id, 1, 1),
        o(0, Id, 2, 2),
        o(335, Id, 3, 3),
        o(107, Id, 3, 3),
    ],
    &[],
);
pub(super) static B2A: SegmentDef =
    SegmentDef::new("B2A", &[m(353, Id, 2, 2), o(346, Id, 2, 2)], &[]);
pub(super) static NTE: SegmentDef =
    SegmentDef::new("NTE", &[o(363, Id, 3, 3), m(352, An, 1, 80)], &[]);
pub(super) static S5: SegmentDef = SegmentDef::new(
    "S5",
    &[
        m(165, N, 1, 3),
        m(163, Id, 2, 2),
        o(81, R, 1, 10),
        o(188, Id, 1, 1),
        o(382, R, 1, 10),
        o(355, Id, 2, 2),
        o(183, R, 1, 8),
        o(184, Id, 1, 1),
        o(352, An, 1, 80),
        o(154, Id, 6, 9),
        o(190, Id, 1, 1),
    ],
    &[paired(&[3, 4]), paired(&[5, 6]), paired(&[7, 8])],
);
pub(super) static OID: SegmentDef = SegmentDef::new(
    "OID",
    &[
        o(127, An, 1, 80),
        o(324, An, 1, 22),
        o(127, An, 1, 80),
        o(355, Id, 2, 3),
        o(380, R, 1, 15),
        o(188, Id, 1, 1),
        o(81, R, 1, 10),
        o(184, Id, 1, 1),
        o(183, R, 1, 8),
        o(0, Id, 1, 3),
        o(127, An, 1, 80),
        o(0, Id, 3, 3),
        o(380, R, 1, 15),
    ],
    &[required(&[1, 2]), paired(&[4, 5]), paired(&[6, 7]), paired(&[8, 9])],
);
