"""The tables of the first version

Revision: 0001
Follows: nothing
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from supportdesk.core.db import UTCDateTime

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('beat',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', UTCDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_beat'))
    )
    op.create_table('closed_day',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('reason', sa.String(length=100), nullable=False),
    sa.PrimaryKeyConstraint('day', name=op.f('pk_closed_day'))
    )
    op.create_table('course',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('external_id', sa.String(length=60), nullable=True),
    sa.Column('title', sa.String(length=80), nullable=False),
    sa.Column('title_kana', sa.String(length=120), nullable=False),
    sa.Column('category', sa.String(length=20), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('seats', sa.Integer(), nullable=False),
    sa.Column('learners_per_supporter', sa.Integer(), nullable=False),
    sa.Column('bring', sa.String(length=200), nullable=False),
    sa.Column('summary', sa.Text(), nullable=False),
    sa.Column('practised', sa.Text(), nullable=False),
    sa.Column('pin_typed_by_resident', sa.Boolean(), nullable=False),
    sa.Column('staff_only', sa.Boolean(), nullable=False),
    sa.Column('ended_at', UTCDateTime(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_course')),
    sa.UniqueConstraint('external_id', name=op.f('uq_course_external_id'))
    )
    op.create_table('district',
    sa.Column('code', sa.String(length=8), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('name_kana', sa.String(length=60), nullable=False),
    sa.Column('town_name', sa.String(length=40), nullable=False),
    sa.Column('sort_order', sa.Integer(), nullable=False),
    sa.Column('latitude', sa.Double(), nullable=False),
    sa.Column('longitude', sa.Double(), nullable=False),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_district'))
    )
    op.create_table('history',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', UTCDateTime(), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('actor_name', sa.String(length=80), nullable=False),
    sa.Column('action', sa.String(length=60), nullable=False),
    sa.Column('subject', sa.String(length=60), nullable=False),
    sa.Column('details', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_history'))
    )
    with op.batch_alter_table('history', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_history_action_history_id'), ['action', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_history_at'), ['at'], unique=False)
        batch_op.create_index(batch_op.f('ix_history_subject_history_id'), ['subject', 'id'], unique=False)

    op.create_table('message',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('token', sa.String(length=48), nullable=False),
    sa.Column('recipient', sa.String(length=40), nullable=False),
    sa.Column('about', sa.String(length=40), nullable=False),
    sa.Column('matter', sa.String(length=24), nullable=False),
    sa.Column('step', sa.String(length=24), nullable=False),
    sa.Column('occasion', sa.String(length=40), nullable=False),
    sa.Column('channel', sa.Enum('sms', 'voice', name='channel', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('sentences', sa.JSON(), nullable=False),
    sa.Column('window', sa.String(length=16), nullable=False),
    sa.Column('due_at', UTCDateTime(), nullable=False),
    sa.Column('not_after', UTCDateTime(), nullable=False),
    sa.Column('status', sa.Enum('planned', 'claimed', 'accepted', 'sent', 'delivered', 'answered', 'not-answered', 'failed', 'refused', 'unknown', 'withdrawn', 'missed', name='messagestatus', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('claim', sa.String(length=48), nullable=True),
    sa.Column('claimed_at', UTCDateTime(), nullable=True),
    sa.Column('provider', sa.String(length=16), nullable=True),
    sa.Column('sid', sa.String(length=48), nullable=True),
    sa.Column('code', sa.String(length=16), nullable=True),
    sa.Column('segments', sa.Integer(), nullable=True),
    sa.Column('reason', sa.String(length=60), nullable=True),
    sa.Column('handed_over_at', UTCDateTime(), nullable=True),
    sa.Column('ended_at', UTCDateTime(), nullable=True),
    sa.Column('asked_at', UTCDateTime(), nullable=True),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_message')),
    sa.UniqueConstraint('about', 'matter', 'step', 'occasion', name=op.f('uq_message_about_matter_step_occasion')),
    sa.UniqueConstraint('sid', name=op.f('uq_message_sid')),
    sa.UniqueConstraint('token', name=op.f('uq_message_token'))
    )
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_message_recipient_message_id'), ['recipient', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_message_status_message_due_at'), ['status', 'due_at'], unique=False)

    op.create_table('number_note',
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('opted_out_at', UTCDateTime(), nullable=True),
    sa.Column('no_text_since', UTCDateTime(), nullable=True),
    sa.Column('no_call_since', UTCDateTime(), nullable=True),
    sa.Column('code', sa.String(length=16), nullable=True),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_number_note'))
    )
    op.create_table('office_setting',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('value', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_office_setting'))
    )
    op.create_table('operation',
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('body_hash', sa.String(length=64), nullable=False),
    sa.Column('result', sa.JSON(), nullable=True),
    sa.Column('at', UTCDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_operation'))
    )
    with op.batch_alter_table('operation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_operation_at'), ['at'], unique=False)

    op.create_table('practice_exchange',
    sa.Column('sid', sa.String(length=48), nullable=False),
    sa.Column('token', sa.String(length=48), nullable=False),
    sa.Column('channel', sa.Enum('sms', 'voice', name='channel', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('sender', sa.String(length=40), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('twiml', sa.Text(), nullable=False),
    sa.Column('callback_url', sa.String(length=300), nullable=True),
    sa.Column('state', sa.String(length=24), nullable=False),
    sa.Column('reported', sa.String(length=24), nullable=False),
    sa.Column('digits', sa.String(length=32), nullable=False),
    sa.Column('callbacks_lost', sa.Boolean(), nullable=False),
    sa.Column('details', sa.JSON(), nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('changed_at', UTCDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('sid', name=op.f('pk_practice_exchange'))
    )
    with op.batch_alter_table('practice_exchange', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_practice_exchange_created_at'), ['created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_practice_exchange_number'), ['number'], unique=False)
        batch_op.create_index(batch_op.f('ix_practice_exchange_token'), ['token'], unique=False)

    op.create_table('practice_line',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('behaviour', sa.Enum('normal', 'off', 'not-in-use', 'refuses-texts', 'opted-out', 'loses-answers', 'loses-news', name='linebehaviour', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_practice_line')),
    sa.UniqueConstraint('number', name=op.f('uq_practice_line_number'))
    )
    op.create_table('sign_in_throttle',
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('last_failure_at', UTCDateTime(), nullable=False),
    sa.Column('closed_until', UTCDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_sign_in_throttle'))
    )
    op.create_table('tally',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('day', 'name', name=op.f('pk_tally'))
    )
    op.create_table('topic',
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('label', sa.String(length=60), nullable=False),
    sa.Column('group', sa.String(length=20), nullable=False),
    sa.Column('first_route', sa.String(length=20), nullable=False),
    sa.Column('urgent', sa.Boolean(), nullable=False),
    sa.Column('staff_note', sa.String(length=400), nullable=False),
    sa.Column('sort_order', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_topic'))
    )
    op.create_table('user_account',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('username', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('password', sa.String(length=255), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('fs_uniquifier', sa.String(length=64), nullable=False),
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=True),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user_account')),
    sa.UniqueConstraint('fs_uniquifier', name=op.f('uq_user_account_fs_uniquifier')),
    sa.UniqueConstraint('username', name=op.f('uq_user_account_username'))
    )
    op.create_table('course_topic',
    sa.Column('course_id', sa.Integer(), nullable=False),
    sa.Column('topic_code', sa.String(length=16), nullable=False),
    sa.ForeignKeyConstraint(['course_id'], ['course.id'], name=op.f('fk_course_topic_course_id_course'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['topic_code'], ['topic.code'], name=op.f('fk_course_topic_topic_code_topic')),
    sa.PrimaryKeyConstraint('course_id', 'topic_code', name=op.f('pk_course_topic'))
    )
    with op.batch_alter_table('course_topic', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_course_topic_topic_code'), ['topic_code'], unique=False)

    op.create_table('history_seal',
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('history_id', sa.Integer(), nullable=False),
    sa.Column('seal', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['history_id'], ['history.id'], name=op.f('fk_history_seal_history_id_history')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_history_seal')),
    sa.UniqueConstraint('history_id', name=op.f('uq_history_seal_history_id'))
    )
    op.create_table('one_time_code',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('code_hash', sa.String(length=255), nullable=False),
    sa.Column('expires_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_one_time_code_user_id_user_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_one_time_code'))
    )
    op.create_table('provider_report',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('message_id', sa.Integer(), nullable=True),
    sa.Column('sid', sa.String(length=48), nullable=True),
    sa.Column('state', sa.String(length=24), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=True),
    sa.Column('at', UTCDateTime(), nullable=False),
    sa.Column('moved', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_provider_report_message_id_message')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_provider_report'))
    )
    with op.batch_alter_table('provider_report', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_provider_report_message_id'), ['message_id'], unique=False)

    op.create_table('resident',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('external_id', sa.String(length=60), nullable=True),
    sa.Column('family_kana', sa.String(length=40), nullable=False),
    sa.Column('given_kana', sa.String(length=40), nullable=False),
    sa.Column('family_name', sa.String(length=40), nullable=False),
    sa.Column('given_name', sa.String(length=40), nullable=False),
    sa.Column('birth_year', sa.Integer(), nullable=True),
    sa.Column('age_band', sa.String(length=8), nullable=True),
    sa.Column('district_code', sa.String(length=8), nullable=True),
    sa.Column('postal_code', sa.String(length=8), nullable=False),
    sa.Column('town', sa.String(length=80), nullable=False),
    sa.Column('street', sa.String(length=80), nullable=False),
    sa.Column('building', sa.String(length=80), nullable=False),
    sa.Column('house_name', sa.String(length=40), nullable=False),
    sa.Column('landmark', sa.String(length=80), nullable=False),
    sa.Column('no_telephone', sa.Boolean(), nullable=False),
    sa.Column('wish', sa.Enum('text', 'call', 'person', 'fax', 'card', 'none', name='wish', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('consent_on', sa.Date(), nullable=True),
    sa.Column('consent_how', sa.Enum('spoken', 'paper', 'family', name='consenthow', native_enum=False, create_constraint=True, length=32), nullable=True),
    sa.Column('do_not_call', sa.Boolean(), nullable=False),
    sa.Column('do_not_call_reason', sa.String(length=100), nullable=False),
    sa.Column('stopped_at', UTCDateTime(), nullable=True),
    sa.Column('stopped_by', sa.String(length=80), nullable=False),
    sa.Column('stop_reason', sa.Enum('died', 'moved-away', 'care-home', 'wish', name='stopreason', native_enum=False, create_constraint=True, length=32), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['district_code'], ['district.code'], name=op.f('fk_resident_district_code_district')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_resident')),
    sa.UniqueConstraint('external_id', name=op.f('uq_resident_external_id'))
    )
    with op.batch_alter_table('resident', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_resident_district_code'), ['district_code'], unique=False)

    op.create_table('supporter',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('kana', sa.String(length=80), nullable=False),
    sa.Column('district_code', sa.String(length=8), nullable=True),
    sa.Column('left_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['district_code'], ['district.code'], name=op.f('fk_supporter_district_code_district')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_supporter_user_id_user_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_supporter')),
    sa.UniqueConstraint('user_id', name=op.f('uq_supporter_user_id'))
    )
    op.create_table('user_role',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Enum('admin', 'staff', 'coordinator', 'manager', 'volunteer', 'auditor', name='role', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_user_role_user_id_user_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', 'name', name=op.f('pk_user_role'))
    )
    op.create_table('venue',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('external_id', sa.String(length=60), nullable=True),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('name_kana', sa.String(length=120), nullable=False),
    sa.Column('short_name', sa.String(length=20), nullable=False),
    sa.Column('district_code', sa.String(length=8), nullable=True),
    sa.Column('postal_code', sa.String(length=8), nullable=False),
    sa.Column('address', sa.String(length=120), nullable=False),
    sa.Column('telephone', sa.String(length=20), nullable=False),
    sa.Column('wifi', sa.Boolean(), nullable=False),
    sa.Column('barrier_free', sa.String(length=200), nullable=False),
    sa.Column('parking', sa.Integer(), nullable=True),
    sa.Column('bus', sa.String(length=200), nullable=False),
    sa.Column('note', sa.String(length=400), nullable=False),
    sa.Column('closed_at', UTCDateTime(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['district_code'], ['district.code'], name=op.f('fk_venue_district_code_district')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_venue')),
    sa.UniqueConstraint('external_id', name=op.f('uq_venue_external_id'))
    )
    with op.batch_alter_table('venue', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_venue_district_code'), ['district_code'], unique=False)

    op.create_table('web_session',
    sa.Column('id_hash', sa.String(length=64), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('data', sa.Text(), nullable=False),
    sa.Column('created_at', UTCDateTime(), nullable=False),
    sa.Column('seen_at', UTCDateTime(), nullable=False),
    sa.Column('expires_at', UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_web_session_user_id_user_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id_hash', name=op.f('pk_web_session'))
    )
    with op.batch_alter_table('web_session', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_web_session_expires_at'), ['expires_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_web_session_user_id'), ['user_id'], unique=False)

    op.create_table('family_contact',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('resident_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('relation', sa.String(length=20), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('kind', sa.Enum('mobile', 'landline', 'ip', 'fax', name='numberkind', native_enum=False, create_constraint=True, length=32), nullable=True),
    sa.Column('scope', sa.Enum('place-and-time', 'may-change', 'may-hear', name='contactscope', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('timing', sa.Enum('instead', 'after', 'together', name='contacttiming', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], name=op.f('fk_family_contact_resident_id_resident'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_family_contact'))
    )
    with op.batch_alter_table('family_contact', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_family_contact_resident_id'), ['resident_id'], unique=False)

    op.create_table('resident_need',
    sa.Column('resident_id', sa.Integer(), nullable=False),
    sa.Column('need', sa.Enum('hearing', 'sight', 'hand', 'mobility', 'companion', 'easy_japanese', 'transport', 'sign', name='need', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], name=op.f('fk_resident_need_resident_id_resident'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('resident_id', 'need', name=op.f('pk_resident_need'))
    )
    op.create_table('room',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('venue_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('seats', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('seats > 0', name=op.f('ck_room_seats')),
    sa.ForeignKeyConstraint(['venue_id'], ['venue.id'], name=op.f('fk_room_venue_id_venue')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_room')),
    sa.UniqueConstraint('venue_id', 'name', name=op.f('uq_room_venue_id_name'))
    )
    op.create_table('search_key',
    sa.Column('key', sa.String(length=80).with_variant(sa.String(length=80, collation='C'), 'postgresql'), nullable=False),
    sa.Column('resident_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], name=op.f('fk_search_key_resident_id_resident'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('key', 'resident_id', name=op.f('pk_search_key')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('search_key', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_search_key_resident_id'), ['resident_id'], unique=False)

    op.create_table('telephone',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('resident_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('typed', sa.String(length=40), nullable=False),
    sa.Column('kind', sa.Enum('mobile', 'landline', 'ip', 'fax', name='numberkind', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('whose', sa.String(length=40), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('tried_on', sa.Date(), nullable=True),
    sa.Column('texts_agreed_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], name=op.f('fk_telephone_resident_id_resident'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_telephone')),
    sa.UniqueConstraint('resident_id', 'number', name=op.f('uq_telephone_resident_id_number'))
    )
    with op.batch_alter_table('telephone', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_telephone_number'), ['number'], unique=False)

    op.create_table('venue_supporter',
    sa.Column('venue_id', sa.Integer(), nullable=False),
    sa.Column('supporter_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['supporter_id'], ['supporter.id'], name=op.f('fk_venue_supporter_supporter_id_supporter'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['venue_id'], ['venue.id'], name=op.f('fk_venue_supporter_venue_id_venue'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('venue_id', 'supporter_id', name=op.f('pk_venue_supporter'))
    )
    with op.batch_alter_table('venue_supporter', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_venue_supporter_supporter_id'), ['supporter_id'], unique=False)

    op.create_table('lesson',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('external_id', sa.String(length=60), nullable=True),
    sa.Column('course_id', sa.Integer(), nullable=False),
    sa.Column('venue_id', sa.Integer(), nullable=False),
    sa.Column('room_id', sa.Integer(), nullable=False),
    sa.Column('starts_at', UTCDateTime(), nullable=False),
    sa.Column('ends_at', UTCDateTime(), nullable=False),
    sa.Column('seats', sa.Integer(), nullable=False),
    sa.Column('seats_taken', sa.Integer(), nullable=False),
    sa.Column('seats_held', sa.Integer(), nullable=False),
    sa.Column('least', sa.Integer(), nullable=False),
    sa.Column('booking_opens_at', UTCDateTime(), nullable=False),
    sa.Column('booking_closes_at', UTCDateTime(), nullable=False),
    sa.Column('state', sa.Enum('draft', 'room_requested', 'awaiting_notice', 'open', 'closed', 'held', 'recorded', 'cancelled', name='lessonstate', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('cancelled_at', UTCDateTime(), nullable=True),
    sa.Column('cancelled_by', sa.String(length=80), nullable=False),
    sa.Column('cancel_reason', sa.String(length=200), nullable=False),
    sa.Column('note', sa.String(length=400), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('booking_closes_at > booking_opens_at', name=op.f('ck_lesson_window')),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_lesson_times')),
    sa.CheckConstraint('seats_taken >= 0 AND seats_held >= 0 AND seats_taken + seats_held <= seats', name=op.f('ck_lesson_seats')),
    sa.ForeignKeyConstraint(['course_id'], ['course.id'], name=op.f('fk_lesson_course_id_course')),
    sa.ForeignKeyConstraint(['room_id'], ['room.id'], name=op.f('fk_lesson_room_id_room')),
    sa.ForeignKeyConstraint(['venue_id'], ['venue.id'], name=op.f('fk_lesson_venue_id_venue')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lesson')),
    sa.UniqueConstraint('external_id', name=op.f('uq_lesson_external_id'))
    )
    with op.batch_alter_table('lesson', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_lesson_course_id_lesson_starts_at'), ['course_id', 'starts_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_lesson_room_id'), ['room_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_lesson_starts_at'), ['starts_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_lesson_venue_id_lesson_starts_at'), ['venue_id', 'starts_at'], unique=False)

    op.create_table('booking',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('external_id', sa.String(length=60), nullable=True),
    sa.Column('lesson_id', sa.Integer(), nullable=False),
    sa.Column('resident_id', sa.Integer(), nullable=False),
    sa.Column('party', sa.String(length=40), nullable=False),
    sa.Column('companions', sa.Integer(), nullable=False),
    sa.Column('booked_by', sa.Enum('self', 'family', 'supporter', 'staff', name='bookedby', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('caller', sa.String(length=80), nullable=False),
    sa.Column('channel', sa.Enum('phone', 'counter', 'paper', 'class', 'home', 'other', name='bookingchannel', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('read_back', sa.Boolean(), nullable=False),
    sa.Column('text_wished', sa.Boolean(), nullable=False),
    sa.Column('booked_at', UTCDateTime(), nullable=False),
    sa.Column('booked_by_user', sa.String(length=80), nullable=False),
    sa.Column('override_reason', sa.String(length=200), nullable=False),
    sa.Column('cancelled_at', UTCDateTime(), nullable=True),
    sa.Column('cancelled_by', sa.String(length=80), nullable=False),
    sa.Column('cancel_reason', sa.String(length=200), nullable=False),
    sa.Column('moved_to_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('companions >= 0', name=op.f('ck_booking_companions')),
    sa.ForeignKeyConstraint(['lesson_id'], ['lesson.id'], name=op.f('fk_booking_lesson_id_lesson')),
    sa.ForeignKeyConstraint(['moved_to_id'], ['booking.id'], name=op.f('fk_booking_moved_to_id_booking')),
    sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], name=op.f('fk_booking_resident_id_resident')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_booking')),
    sa.UniqueConstraint('external_id', name=op.f('uq_booking_external_id'))
    )
    with op.batch_alter_table('booking', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_booking_lesson_id'), ['lesson_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_booking_party'), ['party'], unique=False)
        batch_op.create_index(batch_op.f('ix_booking_resident_id'), ['resident_id'], unique=False)
        batch_op.create_index('uq_booking_active', ['lesson_id', 'resident_id'], unique=True, sqlite_where=sa.text('cancelled_at IS NULL'), postgresql_where=sa.text('cancelled_at IS NULL'))

    op.create_table('hold',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('user_name', sa.String(length=80), nullable=False),
    sa.Column('lesson_id', sa.Integer(), nullable=False),
    sa.Column('seats', sa.Integer(), nullable=False),
    sa.Column('expires_at', UTCDateTime(), nullable=False),
    sa.CheckConstraint('seats > 0', name=op.f('ck_hold_seats')),
    sa.ForeignKeyConstraint(['lesson_id'], ['lesson.id'], name=op.f('fk_hold_lesson_id_lesson')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_hold_user_id_user_account')),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_hold'))
    )
    with op.batch_alter_table('hold', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_hold_lesson_id'), ['lesson_id'], unique=False)

    op.create_table('lesson_supporter',
    sa.Column('lesson_id', sa.Integer(), nullable=False),
    sa.Column('supporter_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['lesson_id'], ['lesson.id'], name=op.f('fk_lesson_supporter_lesson_id_lesson'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['supporter_id'], ['supporter.id'], name=op.f('fk_lesson_supporter_supporter_id_supporter')),
    sa.PrimaryKeyConstraint('lesson_id', 'supporter_id', name=op.f('pk_lesson_supporter'))
    )
    with op.batch_alter_table('lesson_supporter', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_lesson_supporter_supporter_id'), ['supporter_id'], unique=False)

    op.create_table('help_request',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('external_id', sa.String(length=60), nullable=True),
    sa.Column('resident_id', sa.Integer(), nullable=True),
    sa.Column('channel', sa.Enum('phone', 'counter', 'paper', name='requestchannel', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('topic_code', sa.String(length=16), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('urgent', sa.Boolean(), nullable=False),
    sa.Column('status', sa.Enum('new', 'in_progress', 'waiting_resident', 'handed_over', 'done', name='requeststatus', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('outcome', sa.String(length=400), nullable=False),
    sa.Column('booking_id', sa.Integer(), nullable=True),
    sa.Column('received_at', UTCDateTime(), nullable=False),
    sa.Column('received_by', sa.String(length=80), nullable=False),
    sa.Column('ended_at', UTCDateTime(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['booking_id'], ['booking.id'], name=op.f('fk_help_request_booking_id_booking')),
    sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], name=op.f('fk_help_request_resident_id_resident')),
    sa.ForeignKeyConstraint(['topic_code'], ['topic.code'], name=op.f('fk_help_request_topic_code_topic')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_help_request')),
    sa.UniqueConstraint('external_id', name=op.f('uq_help_request_external_id'))
    )
    with op.batch_alter_table('help_request', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_help_request_booking_id'), ['booking_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_help_request_received_at'), ['received_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_help_request_resident_id'), ['resident_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_help_request_status_help_request_received_at'), ['status', 'received_at'], unique=False)

    op.create_table('person_contact',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('booking_id', sa.Integer(), nullable=False),
    sa.Column('outcome', sa.Enum('talked', 'answering-machine', 'no-answer', 'wrong-number', 'handed-over', name='personoutcome', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('note', sa.String(length=400), nullable=False),
    sa.Column('starts_at', UTCDateTime(), nullable=False),
    sa.Column('at', UTCDateTime(), nullable=False),
    sa.Column('by_name', sa.String(length=80), nullable=False),
    sa.ForeignKeyConstraint(['booking_id'], ['booking.id'], name=op.f('fk_person_contact_booking_id_booking')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person_contact'))
    )
    with op.batch_alter_table('person_contact', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_person_contact_booking_id'), ['booking_id'], unique=False)

    op.create_table('visit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=40), nullable=False),
    sa.Column('lesson_id', sa.Integer(), nullable=False),
    sa.Column('booking_id', sa.Integer(), nullable=True),
    sa.Column('resident_id', sa.Integer(), nullable=True),
    sa.Column('walk_in_name', sa.String(length=80), nullable=False),
    sa.Column('attendance', sa.Enum('came', 'absent_notified', 'no_show', name='attendance', native_enum=False, create_constraint=True, length=32), nullable=True),
    sa.Column('practised', sa.Text(), nullable=False),
    sa.Column('how_it_went', sa.Enum('alone', 'with_help', 'not_yet', 'referred', name='howitwent', native_enum=False, create_constraint=True, length=32), nullable=True),
    sa.Column('referred_to', sa.String(length=20), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('made_at', UTCDateTime(), nullable=False),
    sa.Column('made_by', sa.String(length=80), nullable=False),
    sa.Column('changed_at', UTCDateTime(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("booking_id IS NOT NULL OR walk_in_name <> '' OR resident_id IS NOT NULL", name=op.f('ck_visit_somebody')),
    sa.CheckConstraint('minutes IS NULL OR (minutes > 0 AND minutes <= 480)', name=op.f('ck_visit_minutes')),
    sa.ForeignKeyConstraint(['booking_id'], ['booking.id'], name=op.f('fk_visit_booking_id_booking')),
    sa.ForeignKeyConstraint(['lesson_id'], ['lesson.id'], name=op.f('fk_visit_lesson_id_lesson')),
    sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], name=op.f('fk_visit_resident_id_resident')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visit')),
    sa.UniqueConstraint('booking_id', name=op.f('uq_visit_booking_id')),
    sa.UniqueConstraint('key', name=op.f('uq_visit_key'))
    )
    with op.batch_alter_table('visit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_visit_lesson_id'), ['lesson_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_visit_resident_id'), ['resident_id'], unique=False)
        batch_op.create_index('uq_visit_walk_in', ['lesson_id', 'resident_id'], unique=True, sqlite_where=sa.text('booking_id IS NULL'), postgresql_where=sa.text('booking_id IS NULL'))



def downgrade() -> None:
    op.drop_table('beat')
    with op.batch_alter_table('visit', schema=None) as batch_op:
        batch_op.drop_index('uq_visit_walk_in', sqlite_where=sa.text('booking_id IS NULL'), postgresql_where=sa.text('booking_id IS NULL'))
        batch_op.drop_index(batch_op.f('ix_visit_resident_id'))
        batch_op.drop_index(batch_op.f('ix_visit_lesson_id'))

    op.drop_table('visit')
    with op.batch_alter_table('person_contact', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_person_contact_booking_id'))

    op.drop_table('person_contact')
    with op.batch_alter_table('help_request', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_help_request_status_help_request_received_at'))
        batch_op.drop_index(batch_op.f('ix_help_request_resident_id'))
        batch_op.drop_index(batch_op.f('ix_help_request_received_at'))
        batch_op.drop_index(batch_op.f('ix_help_request_booking_id'))

    op.drop_table('help_request')
    with op.batch_alter_table('lesson_supporter', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_lesson_supporter_supporter_id'))

    op.drop_table('lesson_supporter')
    with op.batch_alter_table('hold', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_hold_lesson_id'))

    op.drop_table('hold')
    with op.batch_alter_table('booking', schema=None) as batch_op:
        batch_op.drop_index('uq_booking_active', sqlite_where=sa.text('cancelled_at IS NULL'), postgresql_where=sa.text('cancelled_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_booking_resident_id'))
        batch_op.drop_index(batch_op.f('ix_booking_party'))
        batch_op.drop_index(batch_op.f('ix_booking_lesson_id'))

    op.drop_table('booking')
    with op.batch_alter_table('lesson', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_lesson_venue_id_lesson_starts_at'))
        batch_op.drop_index(batch_op.f('ix_lesson_starts_at'))
        batch_op.drop_index(batch_op.f('ix_lesson_room_id'))
        batch_op.drop_index(batch_op.f('ix_lesson_course_id_lesson_starts_at'))

    op.drop_table('lesson')
    with op.batch_alter_table('venue_supporter', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_venue_supporter_supporter_id'))

    op.drop_table('venue_supporter')
    with op.batch_alter_table('telephone', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_telephone_number'))

    op.drop_table('telephone')
    with op.batch_alter_table('search_key', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_search_key_resident_id'))

    op.drop_table('search_key')
    op.drop_table('room')
    op.drop_table('resident_need')
    with op.batch_alter_table('family_contact', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_family_contact_resident_id'))

    op.drop_table('family_contact')
    with op.batch_alter_table('web_session', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_web_session_user_id'))
        batch_op.drop_index(batch_op.f('ix_web_session_expires_at'))

    op.drop_table('web_session')
    with op.batch_alter_table('venue', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_venue_district_code'))

    op.drop_table('venue')
    op.drop_table('user_role')
    op.drop_table('supporter')
    with op.batch_alter_table('resident', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_resident_district_code'))

    op.drop_table('resident')
    with op.batch_alter_table('provider_report', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_provider_report_message_id'))

    op.drop_table('provider_report')
    op.drop_table('one_time_code')
    op.drop_table('history_seal')
    with op.batch_alter_table('course_topic', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_course_topic_topic_code'))

    op.drop_table('course_topic')
    op.drop_table('user_account')
    op.drop_table('topic')
    op.drop_table('tally')
    op.drop_table('sign_in_throttle')
    op.drop_table('practice_line')
    with op.batch_alter_table('practice_exchange', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_practice_exchange_token'))
        batch_op.drop_index(batch_op.f('ix_practice_exchange_number'))
        batch_op.drop_index(batch_op.f('ix_practice_exchange_created_at'))

    op.drop_table('practice_exchange')
    with op.batch_alter_table('operation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_operation_at'))

    op.drop_table('operation')
    op.drop_table('office_setting')
    op.drop_table('number_note')
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_message_status_message_due_at'))
        batch_op.drop_index(batch_op.f('ix_message_recipient_message_id'))

    op.drop_table('message')
    with op.batch_alter_table('history', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_history_subject_history_id'))
        batch_op.drop_index(batch_op.f('ix_history_at'))
        batch_op.drop_index(batch_op.f('ix_history_action_history_id'))

    op.drop_table('history')
    op.drop_table('district')
    op.drop_table('course')
    op.drop_table('closed_day')
