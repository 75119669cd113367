// Server-Sent Events read from text as it comes, in whatever pieces.
export interface Frame {
  id?: string;
  event: string;
  data: string;
}

/** Most characters of one frame: a server that never ends one does not fill the memory. */
const FRAME_CHARS_MAX = 4_000_000;

export class FrameReader {
  private rest = "";

  /** Takes the next piece; gives the frames that it completes. Comments and empty frames are none. */
  push(piece: string): Frame[] {
    this.rest += piece;
    // A carriage return at the end may be half of a line's end: it waits for the next piece.
    const whole = this.rest.endsWith("\r") ? this.rest.slice(0, -1) : this.rest;
    const parts = whole.replace(/\r\n?/g, "\n").split("\n\n");
    this.rest = (parts.pop() ?? "") + (this.rest.endsWith("\r") ? "\r" : "");
    if (this.rest.length > FRAME_CHARS_MAX) throw new Error("a frame of the stream is too large");
    return parts.map(frameOf).filter((frame) => frame !== undefined);
  }
}

function frameOf(text: string): Frame | undefined {
  const frame: Frame = { event: "message", data: "" };
  const data: string[] = [];
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    if (colon === 0 || line === "") continue;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "id") frame.id = value;
    else if (field === "event") frame.event = value;
    else if (field === "data") data.push(value);
  }
  frame.data = data.join("\n");
  return data.length > 0 || frame.id !== undefined ? frame : undefined;
}
