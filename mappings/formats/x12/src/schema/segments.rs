//! The segments of sets 204, 210, 214 and 990: elements, conditions, and which segments a set may hold (research/formats.md §1.2, §1.3).

use super::Kind::{An, Composite, Dt, Id, N, R, Tm};
use super::condition::{conditional, exclusive, paired, required};
use super::{ElementDef, Kind, SegmentDef};

mod tender;
use tender::{B1, B2, B2A, IN_204, IN_990, NTE, OID, S5};

/// A mandatory element.
const fn m(reference: u16, kind: Kind, min: u8, max: u8) -> ElementDef {
    ElementDef { reference, kind, min, max, mandatory: true }
}

/// An optional or conditional element.
const fn o(reference: u16, kind: Kind, min: u8, max: u8) -> ElementDef {
    ElementDef { reference, kind, min, max, mandatory: false }
}

/// A tag as a number, so that finding a definition is a few comparisons of integers.
const fn id(tag: &[u8]) -> u32 {
    match *tag {
        [a, b] => u32::from_be_bytes([0, 0, a, b]),
        [a, b, c] => u32::from_be_bytes([0, a, b, c]),
        _ => 0,
    }
}

const ID_B10: u32 = id(b"B10");
const ID_L11: u32 = id(b"L11");
const ID_N1: u32 = id(b"N1");
const ID_N2: u32 = id(b"N2");
const ID_N3: u32 = id(b"N3");
const ID_N4: u32 = id(b"N4");
const ID_G61: u32 = id(b"G61");
const ID_G62: u32 = id(b"G62");
const ID_MS3: u32 = id(b"MS3");
const ID_LX: u32 = id(b"LX");
const ID_AT7: u32 = id(b"AT7");
const ID_MS1: u32 = id(b"MS1");
const ID_MS2: u32 = id(b"MS2");
const ID_AT8: u32 = id(b"AT8");
const ID_K1: u32 = id(b"K1");
const ID_Q7: u32 = id(b"Q7");
const ID_MAN: u32 = id(b"MAN");
const ID_AT5: u32 = id(b"AT5");
const ID_B3: u32 = id(b"B3");
const ID_B3A: u32 = id(b"B3A");
const ID_C3: u32 = id(b"C3");
const ID_ITD: u32 = id(b"ITD");
const ID_N9: u32 = id(b"N9");
const ID_H3: u32 = id(b"H3");
const ID_N7: u32 = id(b"N7");
const ID_L5: u32 = id(b"L5");
const ID_L0: u32 = id(b"L0");
const ID_L1: u32 = id(b"L1");
const ID_L4: u32 = id(b"L4");
const ID_L7: u32 = id(b"L7");
const ID_L3: u32 = id(b"L3");
const ID_CD3: u32 = id(b"CD3");
const ID_POD: u32 = id(b"POD");
const ID_SE: u32 = id(b"SE");
const ID_B1: u32 = id(b"B1");
const ID_B2: u32 = id(b"B2");
const ID_B2A: u32 = id(b"B2A");
const ID_NTE: u32 = id(b"NTE");
const ID_S5: u32 = id(b"S5");
const ID_OID: u32 = id(b"OID");

/// The definition of segment `tag`; `None` for one that is not checked here.
#[must_use]
pub const fn definition(tag: &[u8]) -> Option<&'static SegmentDef> {
    Some(match id(tag) {
        ID_B10 => &B10,
        ID_L11 => &L11,
        ID_N1 => &N1,
        ID_N2 => &N2,
        ID_N3 => &N3,
        ID_N4 => &N4,
        ID_G61 => &G61,
        ID_G62 => &G62,
        ID_MS3 => &MS3,
        ID_LX => &LX,
        ID_AT7 => &AT7,
        ID_MS1 => &MS1,
        ID_MS2 => &MS2,
        ID_AT8 => &AT8,
        ID_K1 => &K1,
        ID_Q7 => &Q7,
        ID_MAN => &MAN,
        ID_AT5 => &AT5,
        ID_B3 => &B3,
        ID_B3A => &B3A,
        ID_C3 => &C3,
        ID_ITD => &ITD,
        ID_N9 => &N9,
        ID_H3 => &H3,
        ID_N7 => &N7,
        ID_L5 => &L5,
        ID_L0 => &L0,
        ID_L1 => &L1,
        ID_L4 => &L4,
        ID_L7 => &L7,
        ID_L3 => &L3,
        ID_CD3 => &CD3,
        ID_POD => &POD,
        ID_SE => &SE,
        ID_B1 => &B1,
        ID_B2 => &B2,
        ID_B2A => &B2A,
        ID_NTE => &NTE,
        ID_S5 => &S5,
        ID_OID => &OID,
        _ => return None,
    })
}

/// Segments that a 214 may hold.
const IN_214: &[&str] = &[
    "ST", "B10", "L11", "MAN", "K1", "N1", "N2", "N3", "N4", "G61", "G62", "MS3", "LX", "AT7",
    "MS1", "MS2", "Q7", "AT5", "AT8", "CD3", "NM1", "PRF", "SPO", "SDQ", "EFI", "BIN", "SE",
];
/// Segments that a 210 may hold.
const IN_210: &[&str] = &[
    "ST", "B3", "B2A", "B3A", "C2", "C3", "ITD", "N9", "G62", "R3", "H3", "K1", "N1", "N2", "N3",
    "N4", "N7", "M7", "SPO", "SDQ", "S5", "LX", "POD", "L5", "H1", "H2", "L0", "L1", "L4", "L7",
    "L3", "CD3", "L11", "LS", "LE", "OID", "LAD", "MEA", "NTE", "PER", "G61", "H6", "ISS", "SL1",
    "TDS", "SE",
];

/// Whether set `set` may hold segment `tag`; a set that is not known here may hold anything.
#[must_use]
pub fn is_in_set(set: &str, tag: &[u8]) -> bool {
    let known = match set {
        "214" => IN_214,
        "210" => IN_210,
        "204" => IN_204,
        "990" => IN_990,
        _ => return true,
    };
    known.iter().any(|id| id.as_bytes() == tag)
}

static B10: SegmentDef = SegmentDef::new(
    "B10",
    &[
        o(127, An, 1, 80),
        o(145, An, 1, 30),
        m(140, Id, 2, 4),
        o(71, N, 1, 3),
        o(128, Id, 2, 3),
        o(127, An, 1, 80),
        o(1073, Id, 1, 1),
        o(373, Dt, 8, 8),
        o(337, Tm, 4, 8),
    ],
    &[required(&[1, 6]), exclusive(&[1, 5]), paired(&[5, 6])],
);
static L11: SegmentDef = SegmentDef::new(
    "L11",
    &[o(127, An, 1, 80), o(128, Id, 2, 3), o(352, An, 1, 80), o(373, Dt, 8, 8), o(1073, Id, 1, 1)],
    &[required(&[1, 3]), paired(&[1, 2])],
);
static N1: SegmentDef = SegmentDef::new(
    "N1",
    &[
        m(98, Id, 2, 3),
        o(93, An, 1, 60),
        o(66, Id, 1, 2),
        o(67, An, 2, 80),
        o(706, Id, 2, 2),
        o(98, Id, 2, 3),
    ],
    &[required(&[2, 3]), paired(&[3, 4])],
);
static N2: SegmentDef = SegmentDef::new("N2", &[m(93, An, 1, 60), o(93, An, 1, 60)], &[]);
static N3: SegmentDef = SegmentDef::new("N3", &[m(166, An, 1, 55), o(166, An, 1, 55)], &[]);
static N4: SegmentDef = SegmentDef::new(
    "N4",
    &[
        o(19, An, 2, 30),
        o(156, Id, 2, 2),
        o(116, Id, 3, 15),
        o(26, Id, 2, 3),
        o(309, Id, 1, 2),
        o(310, An, 1, 30),
    ],
    &[conditional(&[6, 5])],
);
static G61: SegmentDef = SegmentDef::new(
    "G61",
    &[m(366, Id, 2, 2), m(93, An, 1, 60), o(365, Id, 2, 2), o(364, An, 1, 255), o(443, An, 1, 20)],
    &[paired(&[3, 4])],
);
static G62: SegmentDef = SegmentDef::new(
    "G62",
    &[o(432, Id, 2, 2), o(373, Dt, 8, 8), o(176, Id, 1, 2), o(337, Tm, 4, 8), o(623, Id, 2, 2)],
    &[required(&[1, 3]), paired(&[1, 2]), paired(&[3, 4])],
);
static MS3: SegmentDef = SegmentDef::new(
    "MS3",
    &[o(140, Id, 2, 4), m(133, Id, 1, 2), o(19, An, 2, 30), o(91, Id, 1, 2), o(156, Id, 2, 2)],
    &[],
);
static LX: SegmentDef = SegmentDef::new("LX", &[m(554, N, 1, 6)], &[]);
static AT7: SegmentDef = SegmentDef::new(
    "AT7",
    &[
        o(1650, Id, 2, 2),
        o(1651, Id, 2, 2),
        o(1652, Id, 2, 2),
        o(1651, Id, 2, 2),
        o(373, Dt, 8, 8),
        o(337, Tm, 4, 8),
        o(623, Id, 2, 2),
    ],
    &[
        required(&[1, 3]),
        exclusive(&[1, 3]),
        paired(&[1, 2]),
        paired(&[3, 4]),
        conditional(&[6, 5]),
        conditional(&[7, 6]),
    ],
);
static MS1: SegmentDef = SegmentDef::new(
    "MS1",
    &[
        o(19, An, 2, 30),
        o(156, Id, 2, 2),
        o(26, Id, 2, 3),
        o(1654, Id, 7, 7),
        o(1655, Id, 7, 7),
        o(1280, Id, 1, 1),
        o(1280, Id, 1, 1),
        o(116, Id, 3, 15),
    ],
    &[paired(&[4, 5])],
);
static MS2: SegmentDef = SegmentDef::new(
    "MS2",
    &[o(140, Id, 2, 4), o(207, An, 1, 15), o(40, Id, 2, 2), o(761, N, 1, 1)],
    &[paired(&[1, 2])],
);
static AT8: SegmentDef = SegmentDef::new(
    "AT8",
    &[
        o(187, Id, 1, 2),
        o(188, Id, 1, 1),
        o(81, R, 1, 10),
        o(80, N, 1, 7),
        o(80, N, 1, 7),
        o(184, Id, 1, 1),
        o(183, R, 1, 8),
    ],
    &[paired(&[1, 2, 3]), paired(&[6, 7])],
);
static K1: SegmentDef = SegmentDef::new("K1", &[m(61, An, 1, 30), o(61, An, 1, 30)], &[]);
static Q7: SegmentDef =
    SegmentDef::new("Q7", &[m(33, Id, 1, 1), o(211, Id, 3, 5), o(80, N, 1, 7)], &[paired(&[2, 3])]);
static MAN: SegmentDef = SegmentDef::new(
    "MAN",
    &[
        m(88, Id, 1, 2),
        m(87, An, 1, 48),
        o(87, An, 1, 48),
        o(88, Id, 1, 2),
        o(87, An, 1, 48),
        o(87, An, 1, 48),
    ],
    &[],
);
static AT5: SegmentDef = SegmentDef::new(
    "AT5",
    &[
        o(152, Id, 2, 3),
        o(560, Id, 2, 10),
        o(153, An, 2, 30),
        o(355, Id, 2, 2),
        o(408, R, 1, 4),
        o(408, R, 1, 4),
    ],
    &[],
);
static B3: SegmentDef = SegmentDef::new(
    "B3",
    &[
        o(147, Id, 1, 1),
        m(76, An, 1, 22),
        o(145, An, 1, 30),
        m(146, Id, 2, 2),
        o(188, Id, 1, 1),
        o(373, Dt, 8, 8),
        m(193, N, 1, 15),
        o(202, Id, 2, 2),
        o(32, Dt, 8, 8),
        o(374, Id, 3, 3),
        m(140, Id, 2, 4),
        o(373, Dt, 8, 8),
        o(375, Id, 2, 2),
        o(335, Id, 3, 3),
    ],
    &[paired(&[9, 10])],
);
static B3A: SegmentDef = SegmentDef::new("B3A", &[m(639, Id, 2, 2), o(187, N, 1, 5)], &[]);
static C3: SegmentDef = SegmentDef::new(
    "C3",
    &[m(100, Id, 3, 3), o(280, R, 4, 10), o(100, Id, 3, 3), o(100, Id, 3, 3)],
    &[],
);
static ITD: SegmentDef = SegmentDef::new(
    "ITD",
    &[
        o(336, Id, 2, 2),
        o(333, Id, 1, 2),
        o(338, R, 1, 6),
        o(370, Dt, 8, 8),
        o(351, N, 1, 3),
        o(446, Dt, 8, 8),
        o(386, N, 1, 3),
        o(362, N, 1, 10),
        o(388, Dt, 8, 8),
        o(389, N, 1, 10),
        o(342, R, 1, 5),
        o(352, An, 1, 80),
        o(765, N, 1, 2),
        o(107, Id, 1, 2),
        o(954, R, 1, 10),
    ],
    &[],
);
static N9: SegmentDef = SegmentDef::new(
    "N9",
    &[
        m(128, Id, 2, 3),
        o(127, An, 1, 80),
        o(369, An, 1, 45),
        o(373, Dt, 8, 8),
        o(337, Tm, 4, 8),
        o(623, Id, 2, 2),
        o(40, Composite, 0, 0),
    ],
    &[required(&[2, 3]), conditional(&[6, 5])],
);
static H3: SegmentDef = SegmentDef::new(
    "H3",
    &[o(152, Id, 2, 3), o(153, An, 2, 30), o(241, Id, 1, 4), o(242, Id, 1, 7), o(257, Id, 1, 1)],
    &[],
);
static N7: SegmentDef = SegmentDef::new(
    "N7",
    &[
        o(206, An, 1, 4),
        m(207, An, 1, 15),
        o(81, R, 1, 10),
        o(187, Id, 1, 2),
        o(167, N, 1, 8),
        o(232, N, 1, 6),
        o(205, N, 1, 6),
        o(183, R, 1, 8),
        o(184, Id, 1, 1),
        o(102, Id, 1, 1),
        o(40, Id, 2, 2),
        o(140, Id, 2, 4),
        o(319, An, 1, 6),
        o(219, An, 1, 3),
        o(567, N, 1, 5),
        o(571, Id, 1, 2),
        o(188, Id, 1, 1),
        o(761, N, 1, 1),
        o(56, Id, 2, 2),
        o(65, R, 1, 8),
        o(189, R, 1, 8),
        o(24, Id, 4, 4),
        o(140, Id, 2, 4),
        o(301, Id, 1, 4),
    ],
    &[],
);
static L5: SegmentDef = SegmentDef::new(
    "L5",
    &[
        o(213, N, 1, 6),
        o(79, An, 1, 50),
        o(22, An, 1, 30),
        o(23, Id, 1, 1),
        o(103, An, 3, 5),
        o(87, An, 1, 48),
        o(88, Id, 1, 2),
        o(23, Id, 1, 1),
        o(22, An, 1, 30),
        o(595, Id, 1, 1),
    ],
    &[paired(&[3, 4])],
);
static L0: SegmentDef = SegmentDef::new(
    "L0",
    &[
        o(213, N, 1, 6),
        o(220, R, 1, 11),
        o(221, Id, 2, 2),
        o(81, R, 1, 10),
        o(187, Id, 1, 2),
        o(183, R, 1, 8),
        o(184, Id, 1, 1),
        o(80, N, 1, 7),
        o(211, Id, 3, 5),
        o(458, An, 2, 25),
        o(188, Id, 1, 1),
        o(56, Id, 2, 2),
        o(380, R, 1, 15),
        o(211, Id, 3, 5),
        o(1073, Id, 1, 1),
    ],
    &[paired(&[2, 3]), paired(&[4, 5]), paired(&[6, 7]), paired(&[8, 9])],
);
static L1: SegmentDef = SegmentDef::new(
    "L1",
    &[
        o(213, N, 1, 6),
        o(60, R, 1, 15),
        o(122, Id, 2, 2),
        o(58, N, 1, 15),
        o(191, N, 1, 9),
        o(117, N, 1, 15),
        o(120, An, 3, 9),
        o(150, Id, 3, 3),
        o(121, Id, 1, 3),
        o(39, Id, 1, 1),
        o(16, Id, 1, 1),
        o(276, An, 2, 25),
        o(257, Id, 1, 1),
        o(74, N, 2, 12),
        o(122, Id, 2, 2),
        o(372, Id, 1, 1),
        o(220, R, 1, 11),
        o(221, Id, 2, 2),
        o(954, R, 1, 10),
        o(100, Id, 3, 3),
        o(610, N, 1, 15),
        o(0, R, 1, 9),
    ],
    &[paired(&[2, 3]), paired(&[14, 15]), paired(&[17, 18])],
);
static L4: SegmentDef = SegmentDef::new(
    "L4",
    &[
        m(82, R, 1, 8),
        m(189, R, 1, 8),
        m(65, R, 1, 8),
        m(90, Id, 1, 1),
        o(380, R, 1, 15),
        o(1271, An, 1, 30),
    ],
    &[],
);
static L7: SegmentDef = SegmentDef::new(
    "L7",
    &[
        o(213, N, 1, 6),
        o(168, Id, 1, 4),
        o(171, An, 1, 7),
        o(172, An, 1, 2),
        o(169, An, 1, 16),
        o(170, N, 1, 2),
        o(59, An, 2, 5),
        o(173, An, 1, 4),
        o(46, An, 4, 4),
        o(373, Dt, 8, 8),
        o(119, An, 1, 6),
        o(227, An, 1, 2),
        o(294, N, 1, 5),
        o(295, Id, 1, 1),
        o(19, An, 2, 30),
        o(156, Id, 2, 2),
    ],
    &[],
);
static L3: SegmentDef = SegmentDef::new(
    "L3",
    &[
        o(81, R, 1, 10),
        o(187, Id, 1, 2),
        o(60, R, 1, 15),
        o(122, Id, 2, 2),
        o(58, N, 1, 15),
        o(191, N, 1, 9),
        o(117, N, 1, 15),
        o(150, Id, 3, 3),
        o(183, R, 1, 8),
        o(184, Id, 1, 1),
        o(80, N, 1, 7),
        o(188, Id, 1, 1),
        o(171, An, 1, 7),
        o(74, N, 2, 12),
        o(122, Id, 2, 2),
    ],
    &[paired(&[1, 2]), paired(&[3, 4])],
);
static CD3: SegmentDef = SegmentDef::new(
    "CD3",
    &[
        o(187, Id, 1, 2),
        o(81, R, 1, 10),
        o(116, An, 2, 3),
        o(462, N, 1, 4),
        o(284, Id, 2, 2),
        o(0, Id, 1, 2),
        o(122, Id, 2, 2),
        o(58, N, 1, 15),
        o(122, Id, 2, 2),
        o(58, N, 1, 15),
        o(284, Id, 2, 2),
        o(284, Id, 2, 2),
        o(107, Id, 3, 3),
        o(26, Id, 2, 3),
    ],
    &[],
);
static POD: SegmentDef =
    SegmentDef::new("POD", &[m(373, Dt, 8, 8), o(337, Tm, 4, 8), m(93, An, 1, 60)], &[]);
static SE: SegmentDef = SegmentDef::new("SE", &[m(96, N, 1, 10), m(329, An, 4, 9)], &[]);
