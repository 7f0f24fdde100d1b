export const generateStaticParams = () => ["a b", "a.b", "a/b", "a%20b", "a+b", "it's", "日本", "😀", "a&b", "a=b", "a?b", "a#b", "__proto__", "constructor", "[x]", "(x)", "~x", "a:b", "a;b", "a,b", "@x", "$x", "index", "route", "a\\b", "%", "a|b", "\"q\"", "<t>", "A", ".hidden", "data.json", "*", "é"].map((name) => ({ name }));

export async function GET(_request: Request, { params }: { params: Promise<Record<string, string | string[]>> }): Promise<Response> {
  return Response.json(await params);
}
