//! The files that are sent: published samples, hand-made bad ones, and generated 214s.

macro_rules! fixture {
    ($path:literal) => {
        include_bytes!(concat!("../../fixtures/parties/", $path))
    };
}

/// 19 sets of one milestone each, published by jf-tech/omniparser (MIT).
pub(crate) const PUBLISHED_214: &[u8] = fixture!("canada-post/x12-214/nineteen-sets/input.edi");
/// A reference in it, and how many milestones it brings.
pub(crate) const PUBLISHED_PRO: &str = "4343638097845589";
/// Milestones in [`PUBLISHED_214`].
pub(crate) const PUBLISHED_MILESTONES: usize = 19;
pub(crate) const TWO_SETS: &[u8] = fixture!("demo-carrier/x12-214/two-sets/input.edi");
pub(crate) const ONE_BAD_SET: &[u8] =
    fixture!("demo-carrier/x12-214/wrong-segment-count/input.edi");
pub(crate) const TWO_INTERCHANGES: &[u8] =
    fixture!("demo-carrier/x12-214/two-interchanges/input.edi");
pub(crate) const NOT_X12: &[u8] = fixture!("demo-carrier/x12-214/not-x12/input.edi");
/// Published by Inteligenz/X12Parser; one bill with three charges.
pub(crate) const BILL_210: &[u8] = fixture!("cn/x12-210/canadian-dollars/input.edi");
/// Published by SAP (Apache-2.0).
pub(crate) const ORDER_XML: &[u8] =
    fixture!("idoc-standard/idoc-ORDERS05/sap-purchase-order/input.xml");
/// The order's own number in it.
pub(crate) const ORDER_NUMBER: &str = "4500000670";
pub(crate) const ORDER_FLAT: &[u8] = fixture!("demo-erp/idoc-ORDERS05/flat-padded-crlf/input.idoc");
pub(crate) const DELIVERY_FLAT: &[u8] = fixture!("demo-erp/idoc-DELVRY07/flat-padded/input.idoc");
pub(crate) const BAD_ORDER_FLAT: &[u8] =
    fixture!("demo-erp/idoc-ORDERS05/flat-parent-missing/input.idoc");
pub(crate) const SCAN_PUSH: &[u8] = fixture!("delhivery/scan-push/returned/input.json");
/// The waybill in it.
pub(crate) const SCAN_PUSH_WAYBILL: &str = "26805710001066";

/// The document number that the demo ERP's samples share; each IDoc of a system has its own.
pub(crate) const FLAT_DOCNUM: &str = "0000000000900001";

/// A text sample with some words replaced by others, so that it speaks of other shipments.
pub(crate) fn renamed(sample: &[u8], words: &[(&str, &str)]) -> Vec<u8> {
    let text = String::from_utf8_lossy(sample).into_owned();
    words.iter().fold(text, |text, (from, to)| text.replace(from, to)).into_bytes()
}

/// A 214 with one set a PRO, each of two milestones: picked up, delivered.
pub(crate) fn made_214(control: u32, pros: &[String]) -> Vec<u8> {
    let mut out = format!(
        "ISA*00*          *00*          *02*DEMO           *ZZ*SHIPPER        *200910*1930*U*00401*{control:09}*0*P*>~\n\
         GS*QM*DEMO*SHIPPER*20200910*1930*{control}*X*004010~\n"
    );
    for (index, pro) in pros.iter().enumerate() {
        let set = index.saturating_add(1);
        out.push_str(&format!(
            "ST*214*{set:04}~\nB10*{pro}*{pro}*DEMO~\nLX*1~\nAT7*AF*NS***20200910*0930*CT~\nMS1*CHICAGO*IL*US~\n\
             AT7*D1*NS***20200911*1515*LT~\nMS1*ATLANTA*GA*US~\nSE*8*{set:04}~\n"
        ));
    }
    let sets = pros.len();
    out.push_str(&format!("GE*{sets}*{control}~\nIEA*1*{control:09}~\n"));
    out.into_bytes()
}

/// A 990 by which `scac` accepts the load with this number.
pub(crate) fn made_990(control: u32, scac: &str, number: &str) -> Vec<u8> {
    format!(
        "ISA*00*          *00*          *02*{scac:<15}*ZZ*SHIPPER        *261125*1030*U*00401*{control:09}*0*P*>~\n\
         GS*GF*{scac}*SHIPPER*20261125*1030*{control}*X*004010~\nST*990*0001~\nB1*{scac}*{number}*20261125*A~\n\
         SE*3*0001~\nGE*1*{control}~\nIEA*1*{control:09}~\n"
    )
    .into_bytes()
}
