import { redirect } from "next/navigation";

export async function GET() {
  redirect("https://nextjs.org/");
}

export async function POST() {
  redirect("/redirect/done");
}
