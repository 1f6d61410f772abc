// An independent reader of the audit log: nothing but Node's own hashes and signatures, and the words of RFC 6962, C2SP
// tlog-tiles, tlog-checkpoint and signed-note. Rebuilds the root from the entries, holds it against the tiles, the signed
// checkpoint, and an auditor's export.
import assert from 'node:assert/strict'
import { createHash, createHmac, createPublicKey, verify } from 'node:crypto'

const base = process.argv[2]
const log = `${base}audit/log/`
const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest()
const leaf = entry => sha256(Buffer.of(0), entry)
const node = (left, right) => sha256(Buffer.of(1), left, right)
const get = async path => {
  const answer = await fetch(log + path)
  assert.equal(answer.status, 200, path)
  return Buffer.from(await answer.arrayBuffer())
}
const split = n => { let k = 1; while (2 * k < n) k *= 2; return k }
const root = hashes => hashes.length === 0 ? sha256() : hashes.length === 1 ? hashes[0]
  : node(root(hashes.slice(0, split(hashes.length))), root(hashes.slice(split(hashes.length))))

// The note: text, an empty line, signatures; the key: name+id+base64(algorithm, key).
const note = (await get('checkpoint')).toString('utf8')
const text = note.slice(0, note.lastIndexOf('\n\n') + 1)
const { keys } = JSON.parse((await get('keys')).toString('utf8'))
const [name, id, key] = keys[0].key.match(/^([^+]+)\+([0-9a-f]{8})\+(.+)$/).slice(1)
const publicKey = Buffer.from(key, 'base64')
assert.equal(publicKey[0], 1)
assert.equal(sha256(Buffer.from(`${name}\n`), publicKey).subarray(0, 4).toString('hex'), id)
const line = note.split('\n').find(l => l.startsWith(`— ${name} `))
const signature = Buffer.from(line.split(' ')[2], 'base64')
assert.equal(signature.subarray(0, 4).toString('hex'), id)
const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), publicKey.subarray(1)])
assert.ok(verify(null, Buffer.from(text), createPublicKey({ key: spki, format: 'der', type: 'spki' }), signature.subarray(4)))

const [origin, digits, signedRoot] = text.split('\n')
assert.equal(origin, name)
const size = Number(digits)
const path = (level, n, width) => `tile/${level}/${String(n).padStart(3, '0')}${width < 256 ? `.p/${width}` : ''}` // up to 256,000 entries

const leaves = []
for (let n = 0; n * 256 < size; n++) {
  const width = Math.min(256, size - n * 256)
  const bundle = await get(path('entries', n, width))
  const entries = []
  for (let at = 0; at < bundle.length; at += 2 + bundle.readUInt16BE(at)) entries.push(bundle.subarray(at + 2, at + 2 + bundle.readUInt16BE(at)))
  assert.equal(entries.length, width)
  const hashes = entries.map(leaf)
  assert.deepEqual(await get(path(0, n, width)), Buffer.concat(hashes))
  leaves.push(...hashes)
}
const above = Array.from({ length: Math.floor(size / 256) }, (_, i) => root(leaves.slice(i * 256, i * 256 + 256)))
if (above.length > 0) assert.deepEqual(await get(path(1, 0, above.length)), Buffer.concat(above))
assert.equal(root(leaves).toString('base64'), signedRoot)

// An export: each entry's salted hash is the one in the log.
const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'contraloria', client_secret: 'contraloria-secret' })
const { access_token: token } = await (await fetch(`${base}connect/token`, { method: 'POST', body: form })).json()
const exported = await (await fetch(`${base}v1/audit/export`, { headers: { authorization: `Bearer ${token}` } })).text()
const lines = exported.trimEnd().split('\n').map(l => JSON.parse(l))
assert.equal(lines.at(-1).count, size)
for (const entry of lines.slice(1, -1)) {
  const own = leaf(createHmac('sha256', Buffer.from(entry.salt, 'base64')).update(entry.canonical).digest())
  assert.deepEqual(own, leaves[entry.index])
}
console.log(`${size} entries of ${origin} hold`)
