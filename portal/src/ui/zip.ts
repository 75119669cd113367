// A ZIP archive of a few small files, stored as they are (PKWARE's APPNOTE 6.3, without compression).

export interface Entry {
  /** With `/` between folders. */
  path: string;
  bytes: Uint8Array;
}

/** Names are UTF-8. */
const UTF8_NAMES = 0x0800;
/** Version 1.0 of the format is enough to read it. */
const VERSION = 10;

/** The archive; its times are those of `now`. */
export function zip(entries: Entry[], now: Date): Uint8Array<ArrayBuffer> {
  const time = (now.getHours() << 11) | (now.getMinutes() << 5) | (now.getSeconds() >> 1);
  const day = ((now.getFullYear() - 1980) << 9) | ((now.getMonth() + 1) << 5) | now.getDate();
  const pieces: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { path, bytes } of entries) {
    const name = new TextEncoder().encode(path);
    const shared = [[VERSION, 2], [UTF8_NAMES, 2], [0, 2], [time, 2], [day, 2], [crc32(bytes), 4], [bytes.length, 4], [bytes.length, 4], [name.length, 2], [0, 2]] as const;
    const local = [numbers([0x04034b50, 4], ...shared), name, bytes];
    directory.push(numbers([0x02014b50, 4], [VERSION, 2], ...shared, [0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]), name);
    pieces.push(...local);
    offset += sizeOf(local);
  }
  const end = numbers([0x06054b50, 4], [0, 2], [0, 2], [entries.length, 2], [entries.length, 2], [sizeOf(directory), 4], [offset, 4], [0, 2]);
  return joined([...pieces, ...directory, end]);
}

const sizeOf = (pieces: Uint8Array[]) => pieces.reduce((sum, piece) => sum + piece.length, 0);

/** Little endian, each in its count of bytes. */
function numbers(...values: (readonly [value: number, size: number])[]): Uint8Array {
  return Uint8Array.from(values.flatMap(([value, size]) => Array.from({ length: size }, (_, at) => (value >>> (8 * at)) & 0xff)));
}

function joined(pieces: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(sizeOf(pieces));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** The check sum of ZIP, gzip and PNG. */
export function crc32(bytes: Uint8Array): number {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}
