import { describe, expect, it } from 'vitest'
import { auditedDuring, readAudit } from '../../../test/support/audit-trail.ts'
import { countRows, describeStore } from '../../../test/support/describe-store.ts'
import { expectProblem, observable } from '../../../test/support/expect-problem.ts'
import { openWorld } from '../../../test/support/open-world.ts'
import { newId } from '../../kernel/index.ts'
import { type Database, sql, type Tx } from '../../platform/db/index.ts'
import { LISTED_NAME, screeningWorlds } from './screening-world.contract.ts'

const TYPO = 'kovalenkp, MARIANA'

describeStore('screening of names', (open) => {
  const { parts, useTenant, setMode, register, hits, rename, decide, statusOf } =
    screeningWorlds(open)

  it('is off unless the tenant asks for it', async () => {
    await useTenant('off')

    expect((await register(LISTED_NAME)).statusCode).toBe(202)
    expect((await hits()).data).toEqual([])
    expect(parts.list.asked).toEqual([])
  })

  it('keeps a hit of who registers, without the name, and lets the account work', async () => {
    const { result, events } = await auditedDuring(parts.world, parts.acme, () => register(TYPO))

    const { data } = await hits()
    expect(result.statusCode).toBe(202)
    expect(data).toMatchObject([
      { entry_id: 'p-1', status: 'open', reason: null, decided_by: null },
    ])
    expect(await statusOf(data[0]?.user_id ?? '')).toBe('active')
    expect(events.map(({ action }) => action)).toEqual(['user.registered', 'screening_hit.found'])
    expect(events[1]).toMatchObject({
      target_id: data[0]?.user_id,
      details: { entries: ['p-1'], count: 1 },
    })
    expect(JSON.stringify(events).toLowerCase()).not.toContain('kovalen')
  })

  it('keeps nothing of another name', async () => {
    await register('Mariana Petrenko')

    expect((await hits()).data).toEqual([])
  })

  describe('that refuses', () => {
    it('answers who registers as anybody, sends the same message, and suspends', async () => {
      await useTenant('refuse')

      const listed = await register(TYPO)
      const mails = await countRows(parts.world.database, parts.acme, 'outbox')
      const other = await register('Ann Other')

      expect(observable(listed)).toEqual(observable(other))
      const [hit] = (await hits()).data
      expect(await statusOf(hit?.user_id ?? '')).toBe('suspended')
      expect([mails, await countRows(parts.world.database, parts.acme, 'outbox')]).toEqual([1, 2])
      const trail = await readAudit(parts.world, parts.acme)
      expect(trail.filter(({ target_id: id }) => id === hit?.user_id)).toMatchObject([
        { action: 'user.registered' },
        { action: 'screening_hit.found' },
        { action: 'user.suspended', details: { reason: 'screening' } },
      ])
    })

    it('takes as many round trips to register a listed name as any other', async () => {
      await useTenant('refuse')
      const counted = countingWaits(parts.world.database)
      const node = await openWorld({
        besides: parts.world,
        database: counted.database,
        sanctions: parts.list,
        withoutJobs: true,
      })
      const waitsFor = async (display_name: string) => {
        const before = counted.count()
        await node.actors.nobody(parts.acme).call('POST', '/api/auth/register', {
          email: `${newId('usr').slice(4)}@example.test`,
          password: 'plum-orbit-lantern-42',
          display_name,
        })
        return counted.count() - before
      }
      await waitsFor('Bo Body')

      const other = await waitsFor('Ann Other')

      expect(other).toBeGreaterThan(2)
      expect(await waitsFor(LISTED_NAME)).toBe(other)
      expect((await hits()).data).toHaveLength(1)
      await node.app.http.close()
    })

    it('changes nothing of a known address', async () => {
      await useTenant('refuse')
      const { identity, userId } = await parts.world.actors.user({ tenant: parts.acme })

      const known = await register(LISTED_NAME, identity.email)

      expect(observable(known)).toEqual(observable(await register(LISTED_NAME)))
      expect((await hits()).data.map((hit) => hit.user_id)).not.toContain(userId)
      expect(await statusOf(userId)).toBe('active')
    })

    it('answers who takes the name as anybody, and ends the sessions', async () => {
      await useTenant('refuse')
      const ann = await parts.world.actors.signedIn({ tenant: parts.acme })
      const bo = await parts.world.actors.signedIn({ tenant: parts.acme })

      const listed = await rename(ann, LISTED_NAME)
      const other = await rename(bo, 'Ann Other')

      expect(listed.json()).toEqual({
        ...other.json<object>(),
        id: ann.userId,
        email: ann.identity.email,
        display_name: LISTED_NAME,
      })
      expect(Object.keys(listed.headers)).toEqual(Object.keys(other.headers))
      expect(await statusOf(ann.userId)).toBe('suspended')
      expectProblem(await ann.call('GET', '/api/auth/me'), 'invalid_token', 401)
      expect((await bo.call('GET', '/api/auth/me')).statusCode).toBe(200)
      expectProblem(await ann.login(), 'invalid_credentials', 401)
      await decide((await hits()).data[0], 'clear')
      expectProblem(await ann.call('GET', '/api/auth/me'), 'invalid_token', 401)
      expect((await ann.login()).statusCode).toBe(200)
    })

    it('takes back what was given to who takes the name, so that no reset undoes it', async () => {
      await useTenant('refuse')
      const ann = await parts.world.actors.signedIn({ tenant: parts.acme })
      const { app, internalContext } = parts.world
      await app.identity.forgotPassword(internalContext(parts.acme), ann.identity.email)
      const usable = async () => {
        const [rows] = await parts.world.database.tenantBatch(parts.acme.id, [
          sql`SELECT FROM single_use_values
               WHERE tenant_id = current_tenant_id() AND purpose = 'password_reset'
                 AND consumed_at IS NULL`,
        ])
        return rows.length
      }
      const before = await usable()

      await rename(ann, LISTED_NAME)

      expect([before, await usable()]).toEqual([1, 0])
    })

    it('suspends whom an administrator creates or invites', async () => {
      await useTenant('refuse')
      const create = (email: string, more: object) =>
        parts.admin.call('POST', '/api/admin/users', { email, display_name: LISTED_NAME, ...more })

      const created = await create('a@example.test', {})
      const invited = await create('b@example.test', { send_invitation: true })

      for (const answer of [created, invited]) {
        expect(answer.json()).toMatchObject({ status: 'suspended' })
        const { id } = answer.json<{ id: string }>()
        expect(await statusOf(id)).toBe('suspended')
        expect((await hits()).data.map((hit) => hit.user_id)).toContain(id)
      }
    })

    it('suspends who accepts an invitation that is older than the list', async () => {
      await useTenant('refuse')
      const { identity } = parts.world.app
      const context = parts.world.internalContext(parts.acme)
      const invite = async (displayName: string) => {
        const email = `${displayName.replace(' ', '.')}@example.test`
        return identity.inviteUser(context, { email, displayName })
      }
      const [ann, bo] = [await invite('Ann Other'), await invite('Bo Body')]
      const accept = ({ token }: Awaited<ReturnType<typeof invite>>) =>
        parts.world.actors.nobody(parts.acme).call('POST', '/api/auth/invitations/accept', {
          token: token.reveal(),
          password: 'plum-orbit-lantern-42',
        })
      parts.list.use([{ id: 'p-9', name: 'Ann Other', aliases: [] }])

      const answers = [await accept(ann), await accept(bo)] as const

      expect(answers[0].statusCode).toBe(204)
      expect(observable(answers[0])).toEqual(observable(answers[1]))
      expect([await statusOf(ann.user.id), await statusOf(bo.user.id)]).toEqual([
        'suspended',
        'active',
      ])
      expect((await hits()).data).toMatchObject([{ user_id: ann.user.id, entry_id: 'p-9' }])
    })
  })

  it('keeps one hit of a user and an entry, however often the name is changed', async () => {
    const ann = await parts.world.actors.signedIn({ tenant: parts.acme })
    const { events } = await auditedDuring(parts.world, parts.acme, async () => {
      await rename(ann, LISTED_NAME)
      await rename(ann, TYPO)
    })

    expect((await hits()).data).toHaveLength(1)
    expect(events.filter(({ action }) => action === 'screening_hit.found')).toHaveLength(1)
  })

  it('suspends for a hit that is open already, since the tenant refuses', async () => {
    const ann = await parts.world.actors.signedIn({ tenant: parts.acme })
    await rename(ann, LISTED_NAME)
    await setMode('refuse')

    await rename(ann, TYPO)

    expect(await statusOf(ann.userId)).toBe('suspended')
  })

  it('does not ask where no name is given or a name is removed', async () => {
    const ann = await parts.world.actors.signedIn({ tenant: parts.acme })
    await ann.call('PATCH', '/api/auth/me', { display_name: null, locale: 'de' })

    expect(parts.list.asked).toEqual([])
  })

  it('forgets the hits of a user who is deleted', async () => {
    await register(LISTED_NAME)
    const [hit] = (await hits()).data
    await parts.admin.call('DELETE', `/api/admin/users/${hit?.user_id}`)

    expect(await countRows(parts.world.database, parts.acme, 'screening_hits')).toBe(0)
  })

  it('that no list can answer refuses every name, and keeps nobody', async () => {
    const blind = await openWorld({ besides: parts.world, withoutJobs: true })
    const users = await countRows(parts.world.database, parts.acme, 'users')
    const nobody = blind.actors.nobody(parts.acme)
    const body = { email: 'a@example.test', password: 'plum-orbit-lantern-42' }

    const named = await nobody.call('POST', '/api/auth/register', { ...body, display_name: 'Ann' })

    expectProblem(named, 'name_screening_unavailable', 503)
    expect(named.headers['retry-after']).toBe('60')
    expect(await countRows(parts.world.database, parts.acme, 'users')).toBe(users)
    expect((await nobody.call('POST', '/api/auth/register', body)).statusCode).toBe(202)
    await blind.app.http.close()
  })

  it('can not be asked for where there is no list', async () => {
    const blind = await openWorld({ besides: parts.world, withoutJobs: true })
    const system = await blind.app.tenants.findBySlug('system')
    if (system === undefined) throw new Error('the system tenant is missing')
    const context = blind.internalContext(system)
    const refused = { code: 'sanctions_list_unavailable' }

    for (const mode of ['review', 'refuse'] as const) {
      const settings = { sanctions_screening: mode }
      const input = { slug: `t-${mode}`, name: 'T', settings }
      await expect(blind.app.tenants.create(context, input)).rejects.toMatchObject(refused)
      const update = blind.app.tenants.update(context, parts.acme.id, { settings })
      await expect(update).rejects.toMatchObject(refused)
    }
    const off = { settings: { sanctions_screening: 'off' as const } }
    await blind.app.tenants.update(context, parts.acme.id, off)
    await blind.app.http.close()
  })
})

/** A database that counts the statements that somebody waits for. */
function countingWaits(database: Database): { database: Database; count(): number } {
  let count = 0
  const counting = (tx: Tx): Tx => ({
    run: (statement) => {
      count += 1
      return tx.run(statement)
    },
    first: (statement) => {
      count += 1
      return tx.first(statement)
    },
    later: (statement) => tx.later(statement),
  })
  const withTenant: Database['withTenant'] = (id, work) =>
    database.withTenant(id, (tx) => work(counting(tx)))
  return { database: { ...database, withTenant }, count: () => count }
}
