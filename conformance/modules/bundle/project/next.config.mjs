export default { env: { FROM_CONFIG: "config" } };
