//! A hundred megabytes, a million segments: every record arrives, and the instance's memory does not grow on the way.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use caravan_connectors_bundle::{component, profile};
use caravan_hub_sandbox::testing;
use caravan_hub_sandbox::{Blob, Class, Config, Sandbox};

const BYTES: usize = 100 << 20;
const SEGMENTS_MIN: usize = 1_000_000;
/// What an instance may take over the whole document; it starts at one.
const MEMORY_BYTES_MAX: usize = 12 << 20;

/// What a part has in the place of its number, as often as it likes.
const NUMBER: &[u8] = b"#########";

/// Head, a part that is repeated with its number, tail: a document that nobody has to hold.
struct Made {
    head: Vec<u8>,
    part: Vec<u8>,
    times: usize,
    tail: Vec<u8>,
}

impl Made {
    fn copy(&self, at: usize, out: &mut Vec<u8>) {
        let middle = self.part.len() * self.times;
        if at < self.head.len() {
            out.extend_from_slice(&self.head[at..]);
        } else if at < self.head.len() + middle {
            let at = at - self.head.len();
            let part = self.numbered(at / self.part.len() + 1);
            out.extend_from_slice(&part[at % self.part.len()..]);
        } else {
            out.extend_from_slice(&self.tail[at - self.head.len() - middle..]);
        }
    }

    fn numbered(&self, number: usize) -> Vec<u8> {
        let mut part = self.part.clone();
        let number = format!("{number:09}");
        let mut from = 0;
        while let Some(at) = part[from..].windows(NUMBER.len()).position(|text| text == NUMBER) {
            part[from + at..from + at + NUMBER.len()].copy_from_slice(number.as_bytes());
            from += at + NUMBER.len();
        }
        part
    }
}

#[async_trait]
impl Blob for Made {
    fn size(&self) -> u64 {
        u64::try_from(self.head.len() + self.part.len() * self.times + self.tail.len()).unwrap()
    }

    async fn read(&self, offset: u64, len: u32) -> std::io::Result<Bytes> {
        let size = usize::try_from(self.size()).unwrap();
        let start = usize::try_from(offset).unwrap().min(size);
        let end = start.saturating_add(usize::try_from(len).unwrap()).min(size);
        let mut out = Vec::with_capacity(end - start + self.part.len());
        while out.len() < end - start {
            self.copy(start + out.len(), &mut out);
        }
        out.truncate(end - start);
        Ok(out.into())
    }
}

/// Reads it and answers the number of records and the most memory that the instance had.
async fn read(id: &str, party: &str, message: &str, document: Made) -> (usize, usize) {
    let sandbox = Sandbox::new(Config { instances_max: 2, ..Config::default() }).unwrap();
    let connector = sandbox.load(component(id).unwrap().wasm).unwrap();
    let mut call = testing::call(Class::L);
    call.context.message = Some(message.to_owned());
    call.context.deadline_ms = 300_000;
    call.profile = Arc::from(profile(party).unwrap().json.as_bytes());
    let mut reader = connector.open(call, Arc::new(document)).await.unwrap();
    let (mut records, mut most) = (0, 0);
    loop {
        let batch = reader.next().await.unwrap();
        most = most.max(reader.memory_bytes());
        records += batch.records.len();
        assert!(batch.rejects.is_empty(), "{:?}", batch.rejects.first());
        if batch.done {
            return (records, most);
        }
    }
}

#[tokio::test]
async fn a_hundred_megabytes_of_x12_are_read_in_flat_memory() {
    let isa = "ISA*00*          *00*          *02*ODFL           *ZZ*SHIPPER        *200910*1930*U*00401*000000001*0*P*>~";
    let head = format!("{isa}GS*QM*ODFL*SHIPPER*20200910*1930*7*X*004010~");
    // One set of fourteen segments, with its own control number.
    let part = "ST*214*#########~B10*PRO1*S1*ODFL~L11*PO7*PO~N1*SH*ACME WIDGETS*93*1234~N3*1 MAIN STREET~\
                N4*ATLANTA*GA*30301*US~N1*CN*BETA STORES*93*9876~N3*22 HIGH STREET~N4*AUSTIN*TX*73301*US~\
                LX*1~AT7*X6*NS***20200910*1135*ET~MS1*ATLANTA*GA*US~AT7*D1*NS***20200911*1135*ET~\
                SE*14*#########~";
    let times = BYTES / part.len();
    let tail = format!("GE*{times}*7~IEA*1*000000001~");
    assert!(times * 14 > SEGMENTS_MIN);
    let document = Made { head: head.into(), part: part.into(), times, tail: tail.into() };
    let (records, memory) = read("x12", "x12-standard", "x12/214", document).await;
    assert_eq!(records, times * 2);
    assert!(memory <= MEMORY_BYTES_MAX, "{} KiB", memory >> 10);
}

/// A set of that size is looked through before its first record is handed on.
#[tokio::test]
async fn one_set_of_a_million_segments_is_read_in_flat_memory() {
    let isa = "ISA*00*          *00*          *02*ODFL           *ZZ*SHIPPER        *200910*1930*U*00401*000000001*0*P*>~";
    let head =
        format!("{isa}GS*QM*ODFL*SHIPPER*20200910*1930*7*X*004010~ST*214*0001~B10*PRO1*S1*ODFL~");
    let part = "LX*1~AT7*X6*NS***20200910*1135*ET~";
    let times = 500_000;
    let tail = format!("SE*{}*0001~GE*1*7~IEA*1*000000001~", times * 2 + 3);
    let document = Made { head: head.into(), part: part.into(), times, tail: tail.into() };
    let (records, memory) = read("x12", "x12-standard", "x12/214", document).await;
    assert_eq!(records, times);
    assert!(memory <= MEMORY_BYTES_MAX, "{} KiB", memory >> 10);
}

#[tokio::test]
async fn twenty_megabytes_of_idocs_are_read_in_flat_memory() {
    let part = "<IDOC BEGIN=\"1\"><EDI_DC40 SEGMENT=\"1\"><MANDT>100</MANDT><DOCNUM>0000000000000001</DOCNUM>\
                <IDOCTYP>ORDERS05</IDOCTYP></EDI_DC40><E1EDK01 SEGMENT=\"1\"><BELNR>45</BELNR></E1EDK01>\
                <E1EDP01 SEGMENT=\"1\"><POSEX>10</POSEX><MENGE>1</MENGE><MENEE>PCE</MENEE></E1EDP01></IDOC>";
    let times = (20 << 20) / part.len();
    let document = Made {
        head: b"<ORDERS05>".to_vec(),
        part: part.into(),
        times,
        tail: b"</ORDERS05>".to_vec(),
    };
    let (records, memory) = read("idoc", "idoc-standard", "idoc/ORDERS05", document).await;
    assert_eq!(records, times);
    assert!(memory <= MEMORY_BYTES_MAX, "{} KiB", memory >> 10);
}
