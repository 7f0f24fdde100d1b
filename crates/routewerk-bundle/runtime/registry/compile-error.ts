/**
 * What `import()` rejects with, and a route's load, when a module does not compile: the front's complaint as an `Error`.
 */

/** One complaint, as the front sends it. */
export interface Complaint {
  readonly message: string;
  /** The file as errors name it, from the project's root. */
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
  /** The lines around the place. */
  readonly frame: string | null;
  readonly hint: string | null;
}

/** A module that cannot be had because it, or what it imports, does not compile. */
export class ModuleCompileError extends Error {
  override readonly name: string = 'ModuleCompileError';
  /** All complaints, the first one first; never empty. */
  readonly complaints: readonly Complaint[];

  constructor(complaints: readonly Complaint[]) {
    super(complaints.map(complaintText).join('\n\n'));
    this.complaints = complaints;
    // The text says where; the stack of whoever asked says nothing about it.
    this.stack = `${this.name}: ${this.message}`;
  }
}

/** The front's `FAIL` text as an error; anything that is not a complaint stays what it is. */
export function compileErrorOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  let parsed: unknown;
  try {
    parsed = JSON.parse(error.message);
  } catch {
    return error;
  }
  if (!isComplaint(parsed)) return error;
  const others = (parsed as { others?: unknown }).others;
  const rest = Array.isArray(others) ? others.filter(isComplaint) : [];
  return new ModuleCompileError([parsed, ...rest]);
}

function isComplaint(value: unknown): value is Complaint {
  return typeof value === 'object' && value !== null && typeof (value as Complaint).message === 'string';
}

function complaintText(complaint: Complaint): string {
  const lines: string[] = [];
  if (complaint.file !== null && complaint.file !== undefined) {
    const place = complaint.line === null ? '' : `:${complaint.line}:${complaint.column ?? 1}`;
    lines.push(`${complaint.file}${place}`);
  }
  lines.push(complaint.message);
  if (complaint.frame) lines.push(complaint.frame);
  if (complaint.hint) lines.push('', complaint.hint);
  return lines.join('\n');
}
