/** What stands before the lists of detectors. */
export const DETECTORS_INTRODUCTION = `# Detectors

This page is written by \`npm run gen\` from the catalogue in \`engine/detect/detectors\`.

A rule names detectors and groups in \`find.detectors\`; see [Writing policy](policy.md#mask). To list them, and to see
what they find in a text:

\`\`\`sh
weir policy detectors --group secrets.cloud
weir policy detectors --try 'mail ana@example.com'
\`\`\`

A match counts when its **checks** pass (check digits, entropy, what only looks like a value), and when its
**confidence** reaches the rule's \`threshold\`, 0.5 unless given. Confidence is 1 where nothing is said of it. Words
before a match add 0.4 to it or take 0.4 away. Every detector also searches the decoded
[views](policy.md#look-into-encoded-text) of a text.

A name is permanent: records hold it. What a detector finds may grow.

## Names and addresses of people

No pattern tells a name from a word. They need a model, which runs beside the agent and speaks the HTTP API of
[Presidio](https://microsoft.github.io/presidio/)'s analyzer:

\`\`\`yaml
apiVersion: weir/v1
kind: Detector
metadata: { name: people }
spec:
  external:
    url: "http://127.0.0.1:5002"
    language: en
    entities: [PERSON, LOCATION]
\`\`\`

A rule that names \`people\` asks it for every text; a text that it gives no answer for is refused. See
[Names and addresses](policy.md#names-and-addresses-ask-an-analyzer-of-your-own).
`;
