import { DatabaseError } from "pg";

import { getPool } from "@/lib/pool";

export async function GET() {
  const { rows, fields } = await getPool().query(
    "SELECT $1::int AS number, $2::jsonb AS document, $3::timestamptz AS moment, $4::bytea AS bytes, ARRAY['a','b'] AS list",
    [42, { deep: [true] }, "2030-01-02T03:04:05Z", Buffer.from("xyz")],
  );
  const [row] = rows;
  return Response.json({ ...row, bytes: row.bytes.toString("utf8"), columns: fields.map(({ name }) => name) });
}

// Moves money in a transaction; a rule of the database says no to debts.
export async function POST(request: Request) {
  const { from, to, amount } = (await request.json()) as { from: string; to: string; amount: number };
  const client = await getPool().connect();
  try {
    await client.query("BEGIN");
    await client.query("CREATE TABLE IF NOT EXISTS purses (owner text PRIMARY KEY, coins int NOT NULL CHECK (coins >= 0))");
    await client.query("INSERT INTO purses VALUES ($1, 10), ($2, 10) ON CONFLICT DO NOTHING", [from, to]);
    await client.query("UPDATE purses SET coins = coins - $2 WHERE owner = $1", [from, amount]);
    await client.query("UPDATE purses SET coins = coins + $2 WHERE owner = $1", [to, amount]);
    const { rows } = await client.query("SELECT owner, coins FROM purses WHERE owner IN ($1, $2) ORDER BY owner", [from, to]);
    await client.query("COMMIT");
    return Response.json(rows);
  } catch (error) {
    await client.query("ROLLBACK");
    if (error instanceof DatabaseError) {
      return Response.json({ code: error.code, rule: error.constraint }, { status: 409 });
    }
    throw error;
  } finally {
    client.release();
  }
}
