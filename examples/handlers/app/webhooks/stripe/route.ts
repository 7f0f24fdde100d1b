import Stripe from "stripe";

// No request leaves: the key is only needed to make the client.
const stripe = new Stripe(process.env.STRIPE_SECRET_KEY ?? "sk_test_local");
const secret = process.env.STRIPE_WEBHOOK_SECRET ?? "whsec_local";

export async function POST(request: Request) {
  const signature = request.headers.get("stripe-signature");
  if (!signature) {
    return Response.json({ error: "not signed" }, { status: 400 });
  }
  let event: Stripe.Event;
  try {
    // The signature covers the bytes as they came.
    event = stripe.webhooks.constructEvent(await request.text(), signature, secret);
  } catch (error) {
    const message = error instanceof Error ? error.message.split("\n")[0] : "unknown";
    return Response.json({ error: message }, { status: 400 });
  }
  return Response.json({ received: event.type, id: event.id });
}
